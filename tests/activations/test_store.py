import numpy as np
import pytest
from tests.activations.stores import write_store

from interplm.activations import ActivationStore
from interplm.activations.shard import shard_path
from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact


def test_sizes_add_up_over_shards(tmp_path):
    write_store(tmp_path, [[2, 3], [4]])
    store = ActivationStore(tmp_path)
    assert (store.n_residues, store.n_proteins) == (9, 3)


def test_proteins_come_back_in_order_with_their_rows(tmp_path):
    expected = write_store(tmp_path, [[2, 3], [4]])
    found = list(ActivationStore(tmp_path).proteins())
    assert [accession for accession, _ in found] == ["P0", "P1", "P2"]
    for (_, rows), reference in zip(found, expected, strict=True):
        assert np.array_equal(rows, reference.astype(np.float16))


def test_statistics_equal_those_of_all_rows(tmp_path):
    rows = np.concatenate(write_store(tmp_path, [[50, 30], [40]])).astype(np.float64)
    statistics = ActivationStore(tmp_path).statistics
    np.testing.assert_allclose(statistics.mean, rows.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(statistics.variance, rows.var(axis=0), rtol=1e-9)
    gamma = np.linalg.norm(rows.mean(axis=0)) / np.sqrt(rows.var(axis=0).sum())
    assert statistics.gamma == pytest.approx(gamma)


def test_selection_sees_every_accession(tmp_path):
    write_store(tmp_path, [[2, 3], [4]])
    chosen = ActivationStore(tmp_path).select(lambda names: np.array([n != "P1" for n in names]))
    assert [mask.tolist() for mask in chosen] == [[True, False], [True]]


def test_an_empty_folder_names_the_command(tmp_path):
    with pytest.raises(
        MissingArtifact, match=r"no activations in .*: run `python -m interplm.embed`"
    ):
        ActivationStore(tmp_path / "none")


def test_missing_shards_are_counted_with_the_mend(tmp_path):
    write_store(tmp_path, [[2], [3], [4]])
    shard_path(tmp_path, 1).unlink()
    with pytest.raises(MissingArtifact, match=r"1 of 3 shards are missing .*the first is shard 1"):
        ActivationStore(tmp_path)


def test_shards_of_another_layer_are_not_mixed_in(tmp_path):
    write_store(tmp_path, [[2], [3]])
    write_store(tmp_path / "other", [[2], [3]], layer=4)
    shard_path(tmp_path / "other", 1).rename(shard_path(tmp_path, 1))
    with pytest.raises(FingerprintMismatch, match=r"shard_00001.h5 was made with layer=4"):
        ActivationStore(tmp_path)


def test_shards_of_another_run_are_not_mixed_in(tmp_path):
    write_store(tmp_path, [[2], [3]])
    write_store(tmp_path / "other", [[2], [3], [4]])
    shard_path(tmp_path / "other", 2).rename(shard_path(tmp_path, 2))
    with pytest.raises(BrokenArtifact, match="come from different runs"):
        ActivationStore(tmp_path)
