import dataclasses

import numpy as np
import pytest
from tests.features.concept_cases import (
    assert_equal_counts,
    block,
    count_by_hand,
    random_features,
    random_table,
)

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact, UserError
from interplm.features.scoring import counting
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


def test_the_other_names_of_a_concept_are_saved_with_it(tmp_path, parts):
    named = [dataclasses.replace(c, aliases=("b", "a")) for c in parts[0].concepts]
    counts = dataclasses.replace(parts[0], concepts=tuple(named))
    counts.save(tmp_path / "counts.npz", fingerprint=FINGERPRINT)
    assert ConceptCounts.load(tmp_path / "counts.npz", fingerprint=FINGERPRINT).concepts == (
        counts.concepts
    )


def test_more_residues_than_four_bytes_count_are_refused(monkeypatch):
    rng = np.random.default_rng(0)
    concepts = random_table(rng, n_proteins=3)
    counter = counting.ConceptCounter(table=concepts, d_sae=9, thresholds=[0.0])
    monkeypatch.setattr(counting, "_LARGEST_COUNT", 2)
    with pytest.raises(UserError, match="More than 2 residues are scored at once"):
        counter.add(block(random_features(rng, concepts.lengths)))


def test_foreign_missing_and_damaged_files_are_named(tmp_path, parts):
    path = tmp_path / "counts.npz"
    with pytest.raises(MissingArtifact, match=r"counts\.npz does not exist"):
        ConceptCounts.load(path, fingerprint=FINGERPRINT)
    parts[0].save(path, fingerprint=FINGERPRINT)
    with pytest.raises(FingerprintMismatch, match="layer=3, but layer=4"):
        ConceptCounts.load(path, fingerprint=FINGERPRINT | {"layer": 4})
    whole = path.read_bytes()
    # An archive of a version to come.
    later = whole.replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x91")
    later = later.replace(b"PK\x01\x02-\x03-", b"PK\x01\x02-\x03\x91")
    assert later != whole
    for damage in (whole[:200], b"", b"text", later):
        path.write_bytes(damage)
        with pytest.raises(BrokenArtifact, match="is damaged"):
            ConceptCounts.load(path, fingerprint=FINGERPRINT)
