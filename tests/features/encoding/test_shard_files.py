import numpy as np
import pytest
from tests.activations.stores import write_store
from tests.features.concept_cases import table
from tests.features.encoding.test_encoded import FIRST, LENGTHS, SECOND, SHARDS, Clipped

from interplm.activations.store import ActivationStore
from interplm.errors import BrokenArtifact
from interplm.features.encoding.encoded import EncodedProteins
from interplm.features.encoding.located import locate
from interplm.features.encoding.shard_files import EncodedFolder
from interplm.files.lock import InUse, locked
from interplm.sae.normalized import scale_of_maxima

SETTINGS = {"residues_per_batch": 5, "device": "cpu", "description": ""}


@pytest.fixture
def parts(tmp_path):
    write_store(tmp_path / "store", SHARDS, dtype="float32")
    located = locate(ActivationStore(tmp_path / "store").shards, table(LENGTHS, [(0, 0, 0, 1)]))
    return [located.only(np.isin(np.arange(5), part)) for part in (FIRST, SECOND)]


def files_of(tmp_path, parts, identity="ours"):
    return EncodedFolder(folder=tmp_path / "encoded", identity=identity).files("sae", parts)


def encoded(parts, files, max_entries=10**6):
    return EncodedProteins(Clipped(d_in=4), parts, max_entries=max_entries, files=files, **SETTINGS)


def make(files, *shards):
    """How many rows had to be encoded."""
    Clipped.n_rows = 0
    files.make(Clipped(d_in=4), shards, **SETTINGS)
    return Clipped.n_rows


def arrays(found):
    scale = scale_of_maxima(found.maxima)
    blocks = [list(found.blocks(part, scale)) for part in (0, 1)]
    names = ("proteins", "offsets", "indptr", "feature", "value")
    return [[getattr(b, name).tolist() for name in names] for part in blocks for b in part]


@pytest.mark.parametrize("max_entries", [0, 10**6])
def test_blocks_and_maxima_are_those_of_one_pass_and_nothing_is_encoded_twice(
    tmp_path, parts, max_entries
):
    alone, files = encoded(parts, None), files_of(tmp_path, parts)
    assert make(files, 1) + make(files, 0) == sum(LENGTHS[p] for p in FIRST + SECOND)
    Clipped.n_rows = 0
    shared = encoded(parts, files, max_entries)
    assert arrays(shared) == arrays(alone)
    assert shared.maxima.tolist() == alone.maxima.tolist()
    assert (shared.n_entries, shared.n_residues) == (alone.n_entries, alone.n_residues)
    assert Clipped.n_rows == 0


def test_only_what_is_missing_is_encoded(tmp_path, parts):
    files = files_of(tmp_path, parts)
    assert [files.has(shard) for shard in (0, 1)] == [False, False]
    # Of the first shard both proteins are wanted, of the second the last two.
    assert [make(files, 0), make(files, 0, 1), make(files, 0, 1)] == [4 + 9, 3 + 5, 0]
    assert [files.has(shard) for shard in (0, 1)] == [True, True]


def test_files_of_other_features_or_other_proteins_are_never_read(tmp_path, parts):
    make(files_of(tmp_path, parts), 0, 1)
    for others in (
        files_of(tmp_path, parts, identity="theirs"),
        files_of(tmp_path, parts[::-1]),
        files_of(tmp_path, [parts[0], parts[1].only(np.zeros(5, bool))]),
    ):
        assert not others.has(0)


@pytest.mark.parametrize("place", [40, 0.3, 0.6, 0.9, -10])
def test_a_damaged_file_is_encoded_again_wherever_it_is_damaged(tmp_path, parts, place, caplog):
    files, alone = files_of(tmp_path, parts), encoded(parts, None)
    make(files, 0, 1)
    path = tmp_path / "encoded" / "sae" / "shard_00001.npz"
    content = bytearray(path.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 0xFF
    path.write_bytes(content)
    assert arrays(encoded(parts, files)) == arrays(alone)


def test_a_cut_file_is_encoded_again_and_damage_that_comes_later_is_one_sentence(tmp_path, parts):
    files = files_of(tmp_path, parts)
    make(files, 0, 1)
    path = tmp_path / "encoded" / "sae" / "shard_00000.npz"
    path.write_bytes(path.read_bytes()[:-100])
    assert make(files, 0, 1) == 4 + 9
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BrokenArtifact, match=r"shard_00000.npz is damaged .* the same command"):
        files.maxima()


def test_a_shard_that_another_process_encodes_is_left_to_it(tmp_path, parts):
    files = files_of(tmp_path, parts)
    (tmp_path / "encoded" / "sae").mkdir(parents=True)
    lock = tmp_path / "encoded" / "sae" / "shard_00000.lock"
    with locked(lock, what="elsewhere"), pytest.raises(InUse, match="is being written by process"):
        make(files, 0)
