import pytest
import torch
from tests.activations.stores import row_numbers, write_store

from interplm.activations.datamodule import ActivationDataModule
from interplm.activations.shard_rows import ShardRows
from interplm.errors import FingerprintMismatch, UserError
from interplm.proteins import is_validation

LENGTHS = [[10] * 20, [10] * 20]
N_BYTES = 400 * 4 * 2  # of all rows, float16 of width 4


def datamodule(folder, **changes):
    settings = {
        "folder": folder, "plm": "small", "layer": 3, "d_model": 4, "batch_size": 16,
        "buffer_rows": 64, "validation_fraction": 0.25, "split_seed": 0, "num_workers": 0,
        "device": "cpu", "resident": None, "seed": 0,
    }  # fmt: skip
    return ActivationDataModule(**settings | changes)


@pytest.fixture
def folder(tmp_path):
    write_store(tmp_path, LENGTHS, marked=True)
    return tmp_path


def test_training_and_validation_never_share_a_protein(folder):
    data = datamodule(folder)
    served = [
        {row // 10 for batch in loader for row in row_numbers(batch)}
        for loader in (data.train_dataloader(), data.val_dataloader())
    ]
    expected = {p for p in range(40) if is_validation(f"P{p}", fraction=0.25, seed=0)}
    assert served[1] == expected
    assert served[0] == set(range(40)) - expected
    assert data.n_validation_residues == 10 * len(expected)


def test_training_accessions_are_those_that_are_not_kept_for_validation(folder):
    expected = {f"P{p}" for p in range(40) if not is_validation(f"P{p}", fraction=0.25, seed=0)}
    assert datamodule(folder).training_accessions() == expected


def test_validation_keeps_the_order_of_the_store(folder):
    rows = [row for batch in datamodule(folder).val_dataloader() for row in row_numbers(batch)]
    assert rows == sorted(rows)


def test_there_need_be_no_validation(folder):
    assert datamodule(folder, validation_fraction=0.0).val_dataloader() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"plm": "esm2_8m"}, "holds activations with plm=small, but plm=esm2_8m is asked for"),
        ({"layer": 4}, "holds activations with layer=3, but layer=4 is asked for"),
        ({"d_model": 320}, "holds activations with d_model=4, but d_model=320 is asked for"),
    ],
)
def test_a_store_that_does_not_fit_is_refused(folder, changes, message):
    with pytest.raises(FingerprintMismatch, match=message):
        datamodule(folder, **changes)


@pytest.mark.parametrize("changes", [{"batch_size": 0}, {"buffer_rows": 8}])
def test_sizes_that_cannot_be_are_refused(folder, changes):
    with pytest.raises(UserError, match=r"data.batch_size must be at least 1 and data.buffer_rows"):
        datamodule(folder, **changes)


def test_resident_rows_make_the_same_batches_and_are_read_once(folder, monkeypatch):
    streamed, resident = datamodule(folder), datamodule(folder, resident=True)
    loaders = [(data.train_dataloader(), data.val_dataloader()) for data in (streamed, resident)]
    epochs = [
        [[row_numbers(batch) for batch in loader] for loader in both for _ in range(2)]
        for both in loaders
    ]
    assert epochs[0] == epochs[1]
    monkeypatch.setattr(ShardRows, "read_into", None)
    assert len(list(resident.train_dataloader())) == len(epochs[0][0])


@pytest.mark.parametrize("changes", [{"resident": True}, {"device": "cuda"}])
def test_reader_processes_go_with_rows_that_are_mixed_on_the_cpu(folder, changes):
    with pytest.raises(UserError, match=r"set data\.num_workers=0"):
        datamodule(folder, num_workers=2, **changes)


def test_only_a_gpu_holds_rows_unasked(folder):
    assert datamodule(folder, device="auto")._is_resident(torch.device("cpu")) is False


@pytest.mark.parametrize(("free", "resident"), [(4 * N_BYTES, True), (N_BYTES, False)])
def test_rows_are_held_on_a_gpu_with_twice_the_memory(folder, free, resident, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, free))
    assert datamodule(folder)._is_resident(torch.device("cuda")) is resident
