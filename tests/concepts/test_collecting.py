import csv
import multiprocessing

import numpy as np
import pytest

from interplm.concepts import (
    AnnotatedProtein,
    AnnotationSource,
    Concept,
    ConceptSpan,
    RejectedAnnotation,
    collect,
)
from interplm.errors import UserError

HELIX = Concept(name="Helix", category="Helix", kind="domain", family="Secondary structure")
TURN = Concept(name="Turn", category="Turn", kind="domain", family="Secondary structure")


class Listed(AnnotationSource):
    """Gives what it was given."""

    lists_every_protein = True

    def __init__(self, path, found, amino_acids=False):
        super().__init__(path=path, amino_acids=amino_acids)
        self.found = found

    def _read(self):
        for concept in (HELIX, TURN):
            self._learn(concept)
        yield from self.found


def protein(accession, sequence, *spans):
    """Spans are (concept, start, stop)."""
    found = tuple(
        ConceptSpan(accession=accession, concept=concept, start=start, stop=stop)
        for concept, start, stop in spans
    )
    return AnnotatedProtein(
        accession=accession, sequence=sequence, name="", spans=found, line=len(accession)
    )


def collected(tmp_path, found, accessions, lengths, *, amino_acids=False, lists=True, minimum=1):
    path = tmp_path / "source"
    path.touch()
    source = Listed(path, found, amino_acids)
    source.lists_every_protein = lists
    return collect(
        source,
        accessions=accessions,
        lengths=np.array(lengths),
        minimum_instances=minimum,
        rejected_csv=tmp_path / "rejected.csv",
    )


def rejected(tmp_path):
    with (tmp_path / "rejected.csv").open(newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def spans(found):
    table = found.table
    return [
        (table.accessions[p], table.concepts[c].name, int(start), int(stop))
        for p, c, start, stop in zip(
            table.protein, table.concept, table.start, table.stop, strict=True
        )
    ]


def test_the_table_has_the_proteins_in_the_order_of_the_activations(tmp_path):
    read = [protein("A", "MKV", ("Helix", 0, 2)), protein("B", "MKVL", ("Turn", 1, 3))]
    found = collected(tmp_path, read, ["B", "A"], [4, 3])
    assert found.table.accessions == ("B", "A")
    assert found.table.lengths.tolist() == [4, 3]
    assert found.sequences == ("MKVL", "MKV")
    assert spans(found) == [("B", "Turn", 1, 3), ("A", "Helix", 0, 2)]
    assert rejected(tmp_path) == [("accession", "field", "reason", "piece", "line", "file")]
    assert found.summary() == (
        "2 concepts with 2 instances on 2 of 2 proteins (2 read, 0 annotations and proteins set "
        "aside)."
    )


def test_a_protein_that_a_whole_table_lacks_is_not_scored(tmp_path):
    found = collected(tmp_path, [protein("A", "MKV", ("Helix", 0, 2))], ["B", "A"], [4, 3])
    assert found.known.tolist() == [False, True]
    assert found.table.accessions == ("A",)


def test_a_protein_that_a_list_of_positions_lacks_has_no_annotations(tmp_path):
    read = [protein("A", "", ("Helix", 0, 2))]
    found = collected(tmp_path, read, ["B", "A"], [4, 3], lists=False)
    assert found.known.tolist() == [True, True]
    assert found.sequences == ("", "")
    assert spans(found) == [("A", "Helix", 0, 2)]


def test_what_cannot_be_used_is_listed_with_its_reason(tmp_path):
    row = RejectedAnnotation(
        accession="A", field="Helix", reason="why", piece='a "b", c', line=3, file="b.gff3"
    )
    read = [
        row,
        protein("A", "", ("Helix", 0, 2), ("Turn", 1, 4), ("Turn", 3, 5)),
        protein("A", "", ("Helix", 0, 2)),
        protein("B", "MKV", ("Helix", 0, 2)),
        protein("Z", "MKV", ("Helix", 0, 2), ("Turn", 0, 1)),
    ]
    found = collected(tmp_path, read, ["A", "B"], [3, 4])
    assert rejected(tmp_path)[1:] == [
        ("A", "Helix", "why", 'a "b", c', "3", "b.gff3"),
        ("A", "Turn", "it ends at 4, the sequence has 3 residues: clipped", "2..4", "1", ""),
        ("A", "Turn", "it ends at 5, the sequence has 3 residues", "4..5", "1", ""),
        ("A", "accession", "the accession occurs a second time", "all 1 annotations", "1", ""),
        (
            "B",
            "accession",
            "the sequence has 3 residues, its activations 4",
            "all 1 annotations",
            "1",
            "",
        ),
        (
            "Z",
            "accession",
            "the protein is not among those with activations",
            "all 2 annotations",
            "1",
            "",
        ),
    ]
    assert (found.n_read, found.n_rejected) == (4, 6)
    assert spans(found) == [("A", "Helix", 0, 2), ("A", "Turn", 1, 3)]


def test_amino_acids_come_from_the_sequences(tmp_path):
    read = [protein("A", "MKKX", ("Helix", 1, 3))]
    found = collected(tmp_path, read, ["A"], [4], amino_acids=True)
    assert sorted(spans(found)) == [
        ("A", "Amino acid: K", 1, 3),
        ("A", "Amino acid: M", 0, 1),
        ("A", "Amino acid: other", 3, 4),
        ("A", "Helix", 1, 3),
    ]


def test_a_concept_below_the_minimum_on_these_proteins_is_left_out(tmp_path):
    read = [
        protein("A", "MKV", ("Helix", 0, 2), ("Helix", 2, 3), ("Turn", 0, 1)),
        protein("Z", "MKV", ("Turn", 0, 1)),
    ]
    found = collected(tmp_path, read, ["A"], [3], minimum=2)
    assert [concept.name for concept in found.table.concepts] == ["Helix"]
    # It is told with its count on these proteins, so that nobody looks for it in vain.
    assert [concept.name for concept in found.rare.concepts] == ["Turn"]
    assert found.rare.domain_counts().tolist() == [1]


def test_no_protein_in_common_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"annotates none of the 1 proteins with activations"):
        collected(tmp_path, [protein("Z", "MKV")], ["A"], [3])
    assert rejected(tmp_path)[1][0] == "Z"


def test_a_minimum_of_none_is_refused(tmp_path):
    with pytest.raises(UserError, match="minimum_instances must be at least 1, got 0"):
        collected(tmp_path, [], ["A"], [3], minimum=0)


def test_progress_counts_proteins(tmp_path):
    path = tmp_path / "source"
    path.touch()
    ticks = []
    collect(
        Listed(path, [protein("A", "MKV"), protein("Z", "MKV")]),
        accessions=["A"],
        lengths=np.array([3]),
        minimum_instances=1,
        rejected_csv=tmp_path / "rejected.csv",
        on_progress=ticks.append,
    )
    assert ticks == [1, 1]


def test_jobs_that_share_a_scoring_list_what_was_set_aside_at_the_same_time(tmp_path):
    found = [protein("P1", "MKV", ("Helix", 0, 2))]

    class Slow(Listed):
        def _read(self):
            # While this one reads, another job begins and ends.
            other = multiprocessing.get_context("fork").Process(
                target=collected, args=(tmp_path, found, ["P1"], [3])
            )
            other.start()
            other.join()
            assert other.exitcode == 0
            yield from super()._read()

    (tmp_path / "source").touch()
    collect(
        Slow(tmp_path / "source", found), accessions=["P1"], lengths=np.array([3]),
        minimum_instances=1, rejected_csv=tmp_path / "rejected.csv",
    )  # fmt: skip
    assert len(rejected(tmp_path)) == 1
    assert {one.name for one in tmp_path.iterdir()} == {"source", "rejected.csv"}
