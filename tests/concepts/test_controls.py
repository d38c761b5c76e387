import numpy as np
import pytest
from tests.features.concept_cases import table

from interplm.concepts import Concept
from interplm.concepts.controls import with_controls

LENGTHS = np.array([30, 5, 40, 12, 25, 60])
IN_VALIDATION = np.array([True, True, True, False, False, False])
SPANS = [
    (0, 0, 2, 9), (2, 0, 0, 7), (3, 0, 1, 12), (5, 0, 3, 60, True),
    (1, 1, 0, 5), (4, 1, 0, 1), (5, 1, 8, 9),
    (0, 2, 1, 2),
]  # fmt: skip


def controlled(n=2, seed=0, concepts=None):
    real = concepts or table(LENGTHS, SPANS)
    parts = (IN_VALIDATION, ~IN_VALIDATION)
    return real, with_controls(real, n, parts=parts, rng=np.random.default_rng(seed))


def lengths_of(concepts, number, proteins):
    own = (concepts.concept == number) & proteins[concepts.protein]
    return sorted((concepts.stop - concepts.start)[own].tolist())


def test_controls_have_the_sizes_and_counts_of_real_concepts_on_each_side():
    real, found = controlled(n=3)
    models = {concept.name.partition("like ")[2]: i for i, concept in enumerate(found.concepts)}
    for number, concept in enumerate(real.concepts):
        control = models[concept.name]
        for side in (IN_VALIDATION, ~IN_VALIDATION):
            assert lengths_of(found, control, side) == lengths_of(real, number, side)
        assert found.concepts[control].kind == concept.kind
        assert found.concepts[control].role == "control"


def test_the_real_concepts_stay_as_they_were():
    real, found = controlled()
    kept = found.with_concepts(np.arange(len(found.concepts)) < len(real.concepts))
    for name in ("concept", "protein", "start", "stop", "ends_only"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(real, name))


def test_controls_spread_from_the_rarest_to_the_most_frequent_and_are_no_more_than_there_are():
    real, found = controlled(n=2)
    by_residues = [real.concepts[i].name for i in np.argsort(real.residue_counts())]
    models = [c.name.partition("like ")[2] for c in found.concepts if c.role == "control"]
    assert models == [by_residues[0], by_residues[-1]]
    assert len(controlled(n=99)[1].concepts) == 6
    assert controlled(n=0)[1] is not None
    assert len(controlled(n=0)[1].concepts) == 3


def test_amino_acids_are_no_model():
    acid = Concept(
        name="Amino acid: C", category="Amino acid", kind="residue", family="x", role="amino_acid"
    )
    real = table([9, 9], [(0, 0, 0, 2)])
    real = type(real).from_arrays(
        concepts=[acid], accessions=real.accessions, lengths=real.lengths, concept=real.concept,
        protein=real.protein, start=real.start, stop=real.stop, ends_only=real.ends_only,
    )  # fmt: skip
    parts = (np.array([True, True]),)
    found = with_controls(real, 5, parts=parts, rng=np.random.default_rng(0))
    assert [c.role for c in found.concepts] == ["amino_acid"]


def test_every_place_is_equally_likely():
    real = table([4, 6], [(0, 0, 0, 3)] * 9000)
    parts = (np.array([True, True]),)
    found = with_controls(real, 1, parts=parts, rng=np.random.default_rng(0))
    own = found.concept == 1
    places = list(zip(found.protein[own].tolist(), found.start[own].tolist(), strict=True))
    expected = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (1, 3)]
    shares = [places.count(place) / 9000 for place in expected]
    assert shares == pytest.approx([1 / 6] * 6, abs=0.02)


def test_the_same_seed_gives_the_same_places():
    one, other = controlled(seed=4)[1], controlled(seed=4)[1]
    np.testing.assert_array_equal(one.start, other.start)
