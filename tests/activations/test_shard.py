import h5py
import numpy as np
import pytest
from tests.activations.stores import fingerprint, write_store

from interplm.activations.shard import (
    new_shard,
    read_accessions,
    read_header,
    rows_per_chunk,
    shard_path,
)
from interplm.errors import BrokenArtifact, UserError


def make(path, lengths=(2, 3), **changes):
    return new_shard(
        path,
        fingerprint=fingerprint(**changes),
        accessions=[f"P{i}" for i in range(len(lengths))],
        lengths=lengths,
        shard_index=0,
        n_shards=1,
    )


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


def test_sums_are_those_of_the_rows_before_rounding(tmp_path):
    rows = np.concatenate(write_store(tmp_path, [[20, 30]])).astype(np.float64)
    header = read_header(shard_path(tmp_path, 0))
    np.testing.assert_allclose(header.sum, rows.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(header.square_sum, (rows**2).sum(axis=0), rtol=1e-12)


def test_proteins_may_be_written_in_any_order_and_in_pieces(tmp_path):
    rows = np.arange(20, dtype=np.float32).reshape(5, 4)
    with make(tmp_path / "a.h5") as writer:
        writer.write(1, 1, rows[3:])
        writer.write(0, 0, rows[:2])
        writer.write(1, 0, rows[2:3])
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["activations"][:], rows)


def test_a_shard_that_is_not_whole_does_not_appear(tmp_path):
    with pytest.raises(RuntimeError, match="not every row"), make(tmp_path / "a.h5") as writer:
        writer.write(0, 0, np.zeros((2, 4), np.float32))
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_into_float16_is_refused_with_the_mend(tmp_path):
    with (
        pytest.raises(
            UserError, match=r"7e\+04 does not fit into float16 .*embedding.dtype=float32"
        ),
        make(tmp_path / "a.h5") as writer,
    ):
        writer.write(0, 0, np.full((2, 4), 7e4, np.float32))


def test_float32_holds_it(tmp_path):
    with make(tmp_path / "a.h5", lengths=(2,), dtype="float32") as writer:
        writer.write(0, 0, np.full((2, 4), 7e4, np.float32))
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["activations"][0, 0] == np.float32(7e4)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, value):
    with pytest.raises(UserError, match="not finite"), make(tmp_path / "a.h5") as writer:
        writer.write(0, 0, np.full((2, 4), value, np.float32))


@pytest.mark.parametrize(
    ("d_model", "dtype", "n_residues", "rows"),
    [(320, "float16", 10**6, 4096), (1280, "float16", 10**6, 1024), (320, "float32", 100, 100)],
)
def test_chunks_are_whole_blocks_of_at_most_4_mib(d_model, dtype, n_residues, rows):
    assert rows_per_chunk(d_model, dtype, n_residues) == rows


def test_the_same_content_gives_the_same_bytes(tmp_path):
    write_store(tmp_path / "a", [[20, 30]])
    write_store(tmp_path / "b", [[20, 30]])
    one, other = (shard_path(tmp_path / name, 0).read_bytes() for name in "ab")
    assert one == other


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
        r"tokens too: delete it and run `python -m interplm.embed`",
    ):
        read_header(path)
