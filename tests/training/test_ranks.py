import torch
from tests.ranks import as_two_ranks

from interplm.training.ranks import rank, rows_of_all_ranks, summed_over_ranks


def test_one_process_is_a_rank_of_its_own():
    x = torch.arange(6.0).reshape(3, 2)
    assert rank() == 0
    assert torch.equal(summed_over_ranks(x), x)
    assert torch.equal(rows_of_all_ranks(x), x)


def ask_everyone(index, folder):
    mine = torch.full((index + 1, 2), float(index))
    counts = torch.tensor([index, 10])
    answer = {
        "rank": rank(), "rows": rows_of_all_ranks(mine), "sum": summed_over_ranks(counts),
        "untouched": counts,
    }  # fmt: skip
    torch.save(answer, folder / f"{index}.pt")


def test_two_processes_get_the_same_rows_in_order_of_rank_and_the_sum(tmp_path):
    as_two_ranks(ask_everyone, tmp_path, tmp_path)
    for index in range(2):
        answer = torch.load(tmp_path / f"{index}.pt")
        assert answer["rank"] == index
        assert answer["rows"].tolist() == [[0, 0], [1, 1], [1, 1]]
        assert answer["sum"].tolist() == [1, 20]
        assert answer["untouched"].tolist() == [index, 10]
