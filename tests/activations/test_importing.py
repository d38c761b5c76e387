import numpy as np
import pytest
from tests.activations.test_foreign import PROTEINS, ROWS

from interplm.activations import ActivationStore, import_activations, open_activations
from interplm.activations.shard import shard_path
from interplm.errors import FingerprintMismatch, UserError


def imported(tmp_path, rows=ROWS, **changes):
    np.save(tmp_path / "a.npy", rows)
    found = open_activations(tmp_path / "a.npy", layer=3, proteins=PROTEINS)
    settings = {"plm": "mine", "layer": 3, "dtype": "float32", "proteins_per_shard": 2}
    import_activations(found, tmp_path / "store", **settings | changes)
    return ActivationStore(tmp_path / "store")


def test_the_store_holds_what_was_given(tmp_path):
    store = imported(tmp_path)
    assert [(name, len(rows)) for name, rows in store.proteins()] == PROTEINS
    assert np.array_equal(np.concatenate([rows for _, rows in store.proteins()]), ROWS)
    assert len(store.shards) == 2
    made = store.fingerprint
    assert (made.plm, made.layer, made.d_model, made.max_residues) == ("mine", 3, 4, 5)
    assert made.weights_sha256 == "unknown"
    np.testing.assert_allclose(store.statistics.mean, ROWS.mean(axis=0))


def test_an_interrupted_import_goes_on_and_a_finished_one_is_found(tmp_path):
    imported(tmp_path)
    first, second = (shard_path(tmp_path / "store", index) for index in (0, 1))
    written = second.read_bytes()
    second.unlink()
    before = first.stat().st_mtime_ns
    imported(tmp_path)
    assert second.read_bytes() == written
    assert first.stat().st_mtime_ns == before


def test_other_activations_are_not_mixed_in(tmp_path):
    imported(tmp_path)
    with pytest.raises(FingerprintMismatch, match="was made with proteins_sha256="):
        imported(tmp_path, rows=ROWS + 1)


def test_what_does_not_fit_into_float16_is_refused(tmp_path):
    with pytest.raises(UserError, match="does not fit into float16"):
        imported(tmp_path, rows=ROWS * 1e5, dtype="float16")
