import numpy as np
import pytest

from interplm.concepts import Concept, ConceptTable, enough_in_both, with_minimum_instances


def concept(name, scope, kind="domain"):
    category = name.partition(":")[0]
    return Concept(name=name, category=category, kind=kind, family="F", scope=scope)


CONCEPTS = [
    concept("Motif: any", "any"),
    concept("Motif: A", "named"),
    concept("Motif: B", "named"),
    concept("Motif: C", "named"),
    concept("Motif: Group", "group"),
    concept("Helix", "named"),
]


def table(*spans, n_proteins=2):
    """Rows of (concept, protein, start, stop)."""
    columns = np.array(spans, dtype=np.int64).reshape(-1, 4).T
    return ConceptTable.from_arrays(
        concepts=CONCEPTS,
        accessions=[f"P{i}" for i in range(n_proteins)],
        lengths=np.full(n_proteins, 50),
        concept=columns[0],
        protein=columns[1],
        start=columns[2],
        stop=columns[3],
        ends_only=np.zeros(len(columns[0]), bool),
    )


# Twice A, twice B, once C; any has all five and one without a name.
MOTIFS = [(0, 0, at, at + 4) for at in range(0, 24, 4)]
NAMED = [(1, 0, 0, 4), (1, 0, 4, 8), (2, 0, 8, 12), (2, 0, 12, 16), (3, 0, 16, 20)]


def test_a_concept_with_fewer_instances_than_the_minimum_is_left_out():
    kept = with_minimum_instances(table(*MOTIFS, *NAMED, (5, 1, 0, 9)), 2)
    counts = dict(zip([c.name for c in kept.concepts], kept.domain_counts(), strict=True))
    assert counts == {"Motif: any": 6, "Motif: A": 2, "Motif: B": 2, "Motif: any kept": 4}


def test_any_kept_takes_the_names_that_were_kept_and_nothing_else():
    kept = with_minimum_instances(table(*MOTIFS, *NAMED), 2)
    number = [c.name for c in kept.concepts].index("Motif: any kept")
    assert kept.start[kept.concept == number].tolist() == [0, 4, 8, 12]
    assert (kept.concepts[number].scope, kept.concepts[number].kind) == ("any", "domain")


def test_without_a_name_that_was_kept_there_is_no_any_kept():
    kept = with_minimum_instances(table(*MOTIFS, (5, 0, 0, 9)), 1)
    assert [c.name for c in kept.concepts] == ["Motif: any", "Helix"]


@pytest.mark.parametrize(
    ("min_residues", "min_domains", "names"),
    [
        (10, 3, ["Motif: any", "Motif: A"]),
        (10, 2, ["Motif: any", "Motif: A"]),
        (8, 2, ["Motif: any", "Motif: A", "Motif: B"]),
        (11, 3, ["Motif: any"]),
        (0, 99, [c.name for c in CONCEPTS]),
    ],
)
def test_enough_is_one_of_the_two_at_least_and_in_both_tables(min_residues, min_domains, names):
    # any: three instances here and there; A: ten residues; B: eight residues against two instances.
    validation = table(*[(0, 0, at, at + 1) for at in range(3)], (1, 0, 0, 10), (2, 0, 0, 8))
    test = table(
        *[(0, 1, at, at + 1) for at in range(3)],
        (1, 1, 5, 15),
        (2, 1, 0, 4),
        (2, 1, 6, 7),
    )
    mask = enough_in_both(validation, test, min_residues=min_residues, min_domains=min_domains)
    expected = names
    if "Motif: B" in names and min_residues == 8:
        # By residues in validation (8), by instances in test (2).
        assert test.residue_counts()[2] < 8
    assert [c.name for c, keep in zip(CONCEPTS, mask, strict=True) if keep] == expected
