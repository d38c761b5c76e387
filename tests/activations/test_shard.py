import errno
import fcntl
import os
import resource
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.activations.stores import fingerprint, write_store
from tests.damage import damaged_copies

from interplm.activations import ActivationStore
from interplm.activations.shard import read_accessions, read_header, shard_path
from interplm.errors import BrokenArtifact, InaccessibleFile


def test_rows_offsets_accessions_and_fingerprint_are_stored(tmp_path):
    proteins = write_store(tmp_path, [[2, 3]])
    header = read_header(shard_path(tmp_path, 0))
    assert header.fingerprint == fingerprint()
    assert header.offsets.tolist() == [0, 2, 5]
    assert (header.shard_index, header.n_shards, header.n_residues) == (0, 1, 5)
    assert read_accessions(header.path) == ["P0", "P1"]
    with h5py.File(header.path) as file:
        stored = file["activations"][:]
    assert stored.dtype == np.float16
    assert np.array_equal(stored, np.concatenate(proteins).astype(np.float16))


def test_a_truncated_file_is_named_with_the_mend(tmp_path):
    write_store(tmp_path, [[2000, 3000]])
    path = shard_path(tmp_path, 0)
    path.write_bytes(path.read_bytes()[:-10_000])
    with pytest.raises(
        BrokenArtifact, match=r"shard_00000.h5 is truncated .*interplm.embed` again"
    ):
        read_header(path)


def test_another_hdf5_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(BrokenArtifact, match=r"a.h5 is not an activation shard"):
        read_header(tmp_path / "a.h5")


def test_another_schema_version_is_refused(tmp_path):
    write_store(tmp_path, [[2]])
    path = shard_path(tmp_path, 0)
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(
        BrokenArtifact,
        match=r"has schema version 99; this InterPLM reads 2, which says how letters became "
        r"tokens too: delete the dataset's folder and embed again",
    ):
        read_header(path)


def contents(folder):
    """All that a store says."""
    store = ActivationStore(folder)
    moments = store.statistics
    return (
        store.fingerprint, store.accessions(), store.lengths().tolist(),
        moments.mean.tobytes(), moments.variance.tobytes(),
        [(name, rows.tobytes()) for name, rows in store.proteins()],
    )  # fmt: skip


def test_damage_anywhere_is_an_error_and_not_another_number(tmp_path):
    write_store(tmp_path, [[20, 30, 7]], d_model=8)
    whole, n_found = contents(tmp_path), 0
    for how in damaged_copies(shard_path(tmp_path, 0), n_flips=400, n_zeroed=60, n_cuts=30):
        try:
            found = contents(tmp_path)
        except BrokenArtifact:
            n_found += 1
        else:
            assert found == whole, how
    assert n_found > 400


def test_a_flipped_bit_of_a_row_names_the_shard_and_the_row(tmp_path):
    (rows,) = write_store(tmp_path, [[3]])
    path = shard_path(tmp_path, 0)
    stored = path.read_bytes()
    at = stored.index(rows.astype(np.float16).tobytes())
    path.write_bytes(stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :])
    with pytest.raises(BrokenArtifact, match=r"shard_00000.h5 is damaged \(rows from 0 on do not"):
        list(ActivationStore(tmp_path).proteins())


def test_a_lock_of_another_program_does_not_matter_to_a_finished_shard(tmp_path):
    write_store(tmp_path, [[3]])
    whole = contents(tmp_path)
    with shard_path(tmp_path, 0).open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert contents(tmp_path) == whole


@pytest.mark.parametrize("number", [errno.EACCES, errno.EAGAIN, errno.ENOLCK, 524, errno.EIO])
def test_what_can_t_be_opened_is_not_called_damaged(tmp_path, monkeypatch, number):
    write_store(tmp_path, [[3]])
    refused = OSError(number, "Unable to synchronously open file")
    monkeypatch.setattr(h5py, "File", lambda *_, **__: (_ for _ in ()).throw(refused))
    with pytest.raises(InaccessibleFile, match=r"shard_00000.h5 can't be opened: "):
        read_header(shard_path(tmp_path, 0))


def test_too_many_open_files_are_not_damage(tmp_path):
    write_store(tmp_path, [[3]])
    read_header(shard_path(tmp_path, 0))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path(os.devnull).open() as file:
        lowest_free = file.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        with pytest.raises(InaccessibleFile, match=r"too many files open: raise .* `ulimit -n"):
            read_header(shard_path(tmp_path, 0))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
