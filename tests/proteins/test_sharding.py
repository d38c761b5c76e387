import pytest

from interplm.errors import UserError
from interplm.proteins import ProteinRecord, is_mine, n_shards, shards

OF = {"group": "embedding"}


def proteins(n):
    return [ProteinRecord(f"P{i}", "MKV", "", i + 1) for i in range(n)]


@pytest.mark.parametrize(("n", "sizes"), [(1000, [250] * 4), (1001, [250] * 4 + [1]), (3, [3])])
def test_shards_have_exactly_the_size_asked_for_but_the_last(n, sizes):
    made = list(shards(proteins(n), 250))
    assert [len(records) for _, records in made] == sizes
    assert [index for index, _ in made] == list(range(n_shards(n, 250)))
    assert [record for _, records in made for record in records] == proteins(n)


def test_every_shard_belongs_to_one_job():
    owners = [
        [job for job in range(3) if is_mine(shard, job=job, n_jobs=3, **OF)] for shard in range(7)
    ]
    assert owners == [[0], [1], [2], [0], [1], [2], [0]]


@pytest.mark.parametrize("n_jobs", range(1, 65))
def test_up_to_64_jobs_do_every_shard_once_and_equally_many_of_them(n_jobs):
    for n in (1, 63, 64, 500):
        dealt = [
            [s for s in range(n) if is_mine(s, job=j, n_jobs=n_jobs, **OF)] for j in range(n_jobs)
        ]
        assert sorted(shard for mine in dealt for shard in mine) == list(range(n))
        assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


def test_a_job_that_does_not_exist_is_refused():
    with pytest.raises(
        UserError, match=r"embedding.job must be in 0..1 \(embedding.n_jobs\), got 2"
    ):
        is_mine(0, job=2, n_jobs=2, **OF)


def test_an_empty_shard_size_is_refused():
    with pytest.raises(UserError, match="proteins_per_shard must be at least 1, got 0"):
        n_shards(10, 0)
