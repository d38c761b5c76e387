import numpy as np
import pytest
from tests.activations.stores import write_store

from interplm.activations import shard_writer
from interplm.activations.shard import piece_borders, read_header, shard_path
from interplm.activations.shard_rows import opened_rows
from interplm.errors import BrokenArtifact, MissingArtifact


@pytest.fixture
def shard(tmp_path, monkeypatch):
    """20 rows of 4 float16 in chunks of 8: proteins of 3, 9, 2 and 6 rows."""
    monkeypatch.setattr(shard_writer, "_CHUNK_BYTES", 64)
    return np.concatenate(write_store(tmp_path, [[3, 9, 2, 6]])), read_header(
        shard_path(tmp_path, 0)
    )


def test_a_checksum_covers_a_protein_or_its_part_in_one_chunk(shard):
    _, header = shard
    borders = piece_borders(header.offsets, header.rows_per_chunk)
    assert borders.tolist() == [0, 3, 8, 12, 14, 16, 20]


@pytest.mark.parametrize("start", range(20))
def test_any_stretch_is_read_as_it_was_written(shard, start):
    rows, header = shard
    with opened_rows(header) as stored:
        for stop in range(start + 1, 21):
            assert np.array_equal(stored[start:stop], rows[start:stop].astype(np.float16))


def test_damage_is_told_by_every_stretch_that_touches_it_and_by_no_other(shard):
    rows, header = shard
    stored = header.path.read_bytes()
    at = stored.index(rows[9].astype(np.float16).tobytes())  # in the piece of rows 8 to 11
    header.path.write_bytes(stored[:at] + bytes([stored[at] ^ 4]) + stored[at + 1 :])
    with opened_rows(header) as found:
        for start in range(20):
            for stop in range(start + 1, 21):
                if start < 12 and stop > 8:
                    with pytest.raises(BrokenArtifact, match="rows from 8 on do not match"):
                        found[start:stop]
                else:
                    assert len(found[start:stop]) == stop - start


def test_a_shard_that_goes_away_after_its_header_was_read_is_waited_for(shard):
    _, header = shard
    header.path.unlink()
    with pytest.raises(MissingArtifact, match="was there a moment ago"), opened_rows(header):
        pass
