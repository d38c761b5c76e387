import numpy as np

from interplm.concepts import Concept, ConceptTable, with_minimum_instances


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
    assert (kept.concepts[number].scope, kept.concepts[number].kind) == ("any kept", "domain")


def test_without_a_name_that_was_kept_there_is_no_any_kept():
    kept = with_minimum_instances(table(*MOTIFS, (5, 0, 0, 9)), 1)
    assert [c.name for c in kept.concepts] == ["Motif: any", "Helix"]
