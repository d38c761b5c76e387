import errno
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.activations.stores import fingerprint, write_store

from interplm.activations.shard import read_header, shard_path
from interplm.activations.shard_writer import new_shard, rows_per_chunk
from interplm.errors import UserError


def make(path, lengths=(2, 3), **changes):
    return new_shard(
        path,
        fingerprint=fingerprint(**changes),
        accessions=[f"P{i}" for i in range(len(lengths))],
        lengths=lengths,
        shard_index=0,
        n_shards=1,
    )


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


FILL = """
import resource, sys
from pathlib import Path
import numpy as np
from tests.activations.test_shard_writer import make
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
rows = np.ones((300, 4000), np.float32)
try:
    with make(Path(sys.argv[1]) / "a.h5", lengths=[300] * 9, d_model=4000) as writer:
        for protein in range(9):
            writer.write(protein, 0, rows)
except OSError as error:
    print(type(error).__name__, error.errno)
"""


def test_a_process_survives_a_file_that_cannot_grow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["OSError", str(errno.EFBIG)]
    assert list(tmp_path.iterdir()) == []
