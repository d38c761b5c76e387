import dataclasses

import numpy as np
import pytest
from tests.features.concept_cases import (
    assert_equal_counts,
    count_by_hand,
    random_features,
    random_table,
)

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.features.scoring.counts import ConceptCounts

FINGERPRINT = {"plm": "small", "layer": 3}


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    concepts = random_table(rng, n_proteins=4, n_spans=10)
    features = random_features(rng, concepts.lengths, d_sae=4)
    return [
        count_by_hand(concepts, features, proteins) for proteins in ([0, 1, 2, 3], [0], [1, 2, 3])
    ]


def test_parts_add_up_in_any_order(parts):
    whole, first, rest = parts
    assert_equal_counts(first + rest, whole)
    assert_equal_counts(rest + first, whole)


def test_counts_cannot_be_changed(parts):
    with pytest.raises(ValueError, match="read-only"):
        parts[0].tp[0] = 1


def test_counts_of_other_thresholds_are_not_added(parts):
    other = dataclasses.replace(parts[0], thresholds=(0.0, 0.1, 0.5, 0.6, 0.8))
    with pytest.raises(ValueError, match="different thresholds"):
        parts[1] + other


def test_a_file_gives_back_what_was_saved(tmp_path, parts):
    parts[0].save(tmp_path / "counts.npz", fingerprint=FINGERPRINT)
    loaded = ConceptCounts.load(tmp_path / "counts.npz", fingerprint=FINGERPRINT)
    assert_equal_counts(loaded, parts[0])
    assert [path.name for path in tmp_path.iterdir()] == ["counts.npz"]


def test_foreign_missing_and_damaged_files_are_named(tmp_path, parts):
    path = tmp_path / "counts.npz"
    with pytest.raises(MissingArtifact, match=r"counts\.npz does not exist"):
        ConceptCounts.load(path, fingerprint=FINGERPRINT)
    parts[0].save(path, fingerprint=FINGERPRINT)
    with pytest.raises(FingerprintMismatch, match="layer=3, but layer=4"):
        ConceptCounts.load(path, fingerprint=FINGERPRINT | {"layer": 4})
    for damage in (path.read_bytes()[:200], b"", b"text"):
        path.write_bytes(damage)
        with pytest.raises(BrokenArtifact, match="is damaged"):
            ConceptCounts.load(path, fingerprint=FINGERPRINT)
