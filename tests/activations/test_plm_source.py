import copy
import itertools
import threading

import numpy as np
import pytest
import torch
from tests.jobs import write_proteins
from tests.plms.checkpoints import network
from tests.ranks import as_two_ranks

from interplm.activations import ActivationStore
from interplm.activations.dataset import embed_dataset
from interplm.activations.embedding_settings import EmbeddingSettings
from interplm.activations.plm_source import PLMSource
from interplm.activations.source import check_source
from interplm.errors import UserError
from interplm.plms.esm2 import ESM2
from interplm.proteins import FastaSource, Selection, is_validation, survey

EMBEDDING = {
    "dtype": "float32", "long_proteins": "refuse", "window_overlap": 4,
    "unknown_residues": "refuse", "device": "cpu", "autocast": None, "residues_per_batch": 256,
}  # fmt: skip
SELECTION = Selection(min_residues=1, max_residues=None, n_proteins=None, seed=0)


def plm():
    return ESM2(network=network(), name="small", weights_sha256="0" * 64)


def proteins(folder):
    path = folder / "proteins.fasta"
    if not path.exists():
        write_proteins(folder)
    return FastaSource(
        path=path, name="x", aligned=False, refuse_nucleotides=True, longest_record=10**6
    )


def source(folder, *, embedding=None, **changes):
    settings = {
        "load_plm": plm, "source": proteins(folder), "selection": SELECTION, "layer": 2,
        "embedding": EmbeddingSettings(**EMBEDDING | (embedding or {})),
        "rejected_csv": folder / "rejected.csv", "batch_size": 64, "buffer_rows": 500,
        "validation_fraction": 0.2, "validation_residues": None, "split_seed": 0,
        "statistics_residues": 400, "ahead": True, "seed": 0,
    }  # fmt: skip
    return PLMSource(**settings | changes)


def store(folder, dtype="float32"):
    """The same activations, stored."""
    found = survey(proteins(folder), SELECTION, rejected_csv=folder / "rejected.csv")
    embed_dataset(
        plm=plm(), source=proteins(folder), selection=SELECTION, found=found,
        folders={2: folder / "store"}, proteins_per_shard=20, n_jobs=1, job=0,
        **EMBEDDING | {"dtype": dtype},
    )  # fmt: skip
    return ActivationStore(folder / "store")


def stored_rows(folder, *, validation):
    return [
        rows for name, rows in store(folder).proteins()
        if is_validation(name, fraction=0.2, seed=0) == validation
    ]  # fmt: skip


def nearest(rows, known):
    """For each row, which of the known rows it is; it must be one of them, but for rounding."""
    distance, index = torch.cdist(torch.as_tensor(rows).float(), torch.as_tensor(known)).min(dim=1)
    assert distance.max() < 1e-2
    return index.numpy()


def batches(loader, n):
    """Across epochs."""
    return list(itertools.islice(itertools.chain.from_iterable(iter(lambda: iter(loader), 0)), n))


def test_it_has_all_that_training_asks_for(tmp_path):
    made = source(tmp_path)
    assert check_source(made) is made
    assert made.fingerprint == store(tmp_path).fingerprint


@pytest.mark.parametrize("ahead", [True, False])
def test_every_training_residue_is_served_once_an_epoch(tmp_path, ahead):
    made = source(tmp_path, ahead=ahead, batch_size=1, buffer_rows=300)
    expected = np.concatenate(stored_rows(tmp_path, validation=False))
    loader = made.train_dataloader()
    assert len(loader) == len(expected)
    for _ in range(2):
        served = nearest(torch.cat(list(loader)), expected)
        assert sorted(served) == list(range(len(expected)))
    made.teardown("fit")


def test_batches_are_full_and_cross_the_borders_of_blocks_and_epochs(tmp_path):
    made = source(tmp_path, batch_size=70)
    loader = made.train_dataloader()
    n_rows = sum(map(len, stored_rows(tmp_path, validation=False)))
    assert len(loader) == n_rows // 70
    found = batches(loader, 2 * n_rows // 70)
    assert {len(batch) for batch in found} == {70}
    made.teardown("fit")


def test_the_order_is_random_and_follows_from_the_seed(tmp_path):
    def first(seed):
        made = source(tmp_path, seed=seed)
        found = next(iter(made.train_dataloader()))
        made.teardown("fit")
        return found

    assert torch.equal(first(0), first(0))
    assert not torch.equal(first(0), first(1))


def test_rows_are_rounded_as_in_a_store(tmp_path):
    made = source(tmp_path, embedding={"dtype": "float16"})
    assert next(iter(made.train_dataloader())).dtype == torch.float16
    made.teardown("fit")


def test_a_batch_mixes_as_many_proteins_as_one_of_a_store_does(tmp_path):
    from tests.activations.test_datamodule import datamodule

    rows = np.concatenate([rows for _, rows in store(tmp_path).proteins()])
    owner = np.concatenate(
        [np.full(n, i) for i, n in enumerate(ActivationStore(tmp_path / "store").lengths())]
    )

    def n_proteins(loader):
        return np.mean([len(set(owner[nearest(batch, rows)])) for batch in loader])

    streamed = source(tmp_path, buffer_rows=1000)
    stored = datamodule(
        tmp_path / "store", plm=None, layer=None, d_model=None, batch_size=64, buffer_rows=1000,
        validation_fraction=0.2,
    )  # fmt: skip
    n_streamed, n_stored = (
        n_proteins(streamed.train_dataloader()),
        n_proteins(stored.train_dataloader()),
    )
    streamed.teardown("fit")
    assert n_streamed > 0.9 * n_stored > 10


@pytest.mark.parametrize("n_served", [0, 1, 5, 40, 60])
def test_a_restored_loader_goes_on_with_exactly_the_next_batch(tmp_path, n_served):
    whole = source(tmp_path)
    expected = batches(whole.train_dataloader(), n_served + 10)
    whole.teardown("fit")
    broken = source(tmp_path)
    loader = broken.train_dataloader()
    batches(loader, n_served)
    state = copy.deepcopy(loader.state_dict())
    broken.teardown("fit")
    resumed = source(tmp_path)
    again = resumed.train_dataloader()
    again.load_state_dict(state)
    for one, other in zip(batches(again, 10), expected[n_served:], strict=True):
        assert torch.equal(one, other)
    resumed.teardown("fit")


@pytest.mark.parametrize("changes", [{"seed": 1}, {"batch_size": 32}, {"buffer_rows": 600}])
def test_resuming_in_another_order_is_refused(tmp_path, changes):
    state = source(tmp_path).train_dataloader().state_dict()
    with pytest.raises(UserError, match=f"The interrupted run had {next(iter(changes))}="):
        source(tmp_path, **changes).train_dataloader().load_state_dict(state)


def test_statistics_over_all_proteins_are_exact_and_over_fewer_estimates(tmp_path):
    expected = np.concatenate(stored_rows(tmp_path, validation=False)).astype(np.float64)
    every = source(tmp_path, statistics_residues=10**6).statistics
    assert every.is_exact
    assert every.n_residues == len(expected)
    np.testing.assert_allclose(every.mean, expected.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(every.variance, expected.var(axis=0), rtol=1e-4)
    sample = source(tmp_path).statistics
    assert not sample.is_exact
    assert 400 <= sample.n_residues < len(expected) / 2
    assert np.abs((sample.mean - every.mean) / np.sqrt(every.variance)).max() < 0.4


def test_validation_is_the_same_rows_each_time_and_as_many_as_asked_for(tmp_path):
    expected = np.concatenate(stored_rows(tmp_path, validation=True))
    made = source(tmp_path)
    for _ in range(2):
        found = torch.cat(list(made.val_dataloader())).numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)
    assert made.n_validation_residues == len(expected)
    fewer = source(tmp_path, validation_residues=100)
    assert 100 <= fewer.n_validation_residues < 100 + 110
    assert sum(map(len, fewer.val_dataloader())) == fewer.n_validation_residues
    assert source(tmp_path, validation_fraction=0.0).val_dataloader() == []


def test_training_accessions_are_those_that_are_not_kept_for_validation(tmp_path):
    expected = {f"P{p}" for p in range(60) if not is_validation(f"P{p}", fraction=0.2, seed=0)}
    assert source(tmp_path).training_accessions() == expected


def test_activations_that_are_not_finite_stop_the_training(tmp_path):
    def broken():
        made = plm()
        with torch.no_grad():
            next(made.parameters()).fill_(torch.inf)
        return made

    made = source(tmp_path, load_plm=broken)
    with pytest.raises(UserError, match=r"not finite in torch\.float32"):
        next(iter(made.train_dataloader()))
    made.teardown("fit")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "data.batch_size and data.statistics_residues must be at least 1"),
        ({"buffer_rows": 10}, "data.buffer_rows no smaller than data.batch_size"),
    ],
)
def test_sizes_that_cannot_be_are_refused(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        source(tmp_path, **changes)


def test_too_few_residues_for_a_batch_are_refused(tmp_path):
    with pytest.raises(UserError, match="do not fill a batch of 100000"):
        source(tmp_path, batch_size=10**5, buffer_rows=10**5).train_dataloader()


def two_ranks(rank, folder):
    made = source(folder, batch_size=1)
    loader = made.train_dataloader()
    torch.save((len(loader), torch.cat(list(loader))), folder / f"rank{rank}.pt")
    assert sum(map(len, made.val_dataloader())) < made.n_validation_residues
    made.teardown("fit")


def test_ranks_have_proteins_of_their_own_and_equally_many_batches(tmp_path):
    expected = np.concatenate(stored_rows(tmp_path, validation=False))
    as_two_ranks(two_ranks, tmp_path, tmp_path)
    lengths, rows = zip(*(torch.load(tmp_path / f"rank{r}.pt") for r in (0, 1)), strict=True)
    assert lengths[0] == lengths[1] == min(map(len, rows))
    joint = np.concatenate(rows)
    # What the longer share has more than the shorter comes in the next epoch.
    proteins = [len(rows) for rows in stored_rows(tmp_path, validation=False)]
    assert lengths[0] == min(sum(proteins[0::2]), sum(proteins[1::2]))
    served = nearest(joint, expected)
    assert len(set(served)) == len(served)


def n_threads():
    return sum(thread.name == "one_ahead" for thread in threading.enumerate())


def test_an_iteration_that_is_broken_off_or_fails_leaves_no_thread(tmp_path):
    before = n_threads()
    made = source(tmp_path)
    batches(made.train_dataloader(), 3)
    assert n_threads() == before
    running = iter(made.train_dataloader())
    next(running)
    assert n_threads() == before + 1
    made.teardown("fit")
    assert n_threads() == before


def test_closing_does_not_wait_for_the_rest_of_a_block(tmp_path):
    made = source(tmp_path, buffer_rows=10**6, embedding={"residues_per_batch": 1})
    loader = made.train_dataloader()
    running = iter(loader)
    next(running)
    n_read = []
    activations = made._plm.activations
    entered = threading.Event()

    def counted(*arguments):
        n_read.append(1)
        entered.set()
        return activations(*arguments)

    made._plm.activations = counted
    assert entered.wait(60)
    loader.close()
    assert len(n_read) < 10


def test_validation_rows_are_embedded_while_the_next_block_is(tmp_path):
    made = source(tmp_path)
    inside, most = [0], [0]
    activations = made._plm.activations

    def watched(*arguments):
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        try:
            return activations(*arguments)
        finally:
            inside[0] -= 1

    made._plm.activations = watched
    running = iter(made.train_dataloader())
    next(running)
    found = torch.cat(list(made.val_dataloader()))
    made.teardown("fit")
    assert most[0] == 1
    nearest(found, np.concatenate(stored_rows(tmp_path, validation=True)))
