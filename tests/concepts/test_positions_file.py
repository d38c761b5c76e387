"""What holds for every file of positions, checked through the plain table."""

import pytest
from tests.concepts.tables import parted

from interplm.concepts import PlainTableSource
from interplm.errors import MalformedInput, MissingArtifact, UserError

SETTINGS = {"kind": "domain", "category": "Mine", "family": "Lab", "evidence": "any"}
HEADER = "accession\tstart\tend\tconcept\tkind\tevidence"


def source(tmp_path, *lines, **changed):
    path = tmp_path / "a.tsv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return PlainTableSource(path=path, **(SETTINGS | changed))


def test_the_spans_of_a_protein_are_gathered_from_the_whole_file(tmp_path):
    lines = ["P1\t1\t5\tA\t\t", "P2\t1\t1\tA\t\t", "P1\t3\t9\tA\t\t"]
    proteins, rejected = parted(source(tmp_path, *lines))
    assert rejected == []
    found = [(p.accession, p.line, [(s.start, s.stop) for s in p.spans]) for p in proteins]
    assert found == [("P1", 2, [(0, 5), (2, 9)]), ("P2", 3, [(0, 1)])]
    assert {protein.sequence for protein in proteins} == {""}


def test_concepts_have_the_kind_of_their_lines_or_of_the_settings(tmp_path):
    table = source(tmp_path, "P1\t1\t5\tA\t\t", "P1\t1\t1\tB\tresidue\t")
    parted(table)
    kinds = {name: (c.kind, c.category, c.family) for name, c in table.concepts.items()}
    assert kinds == {"A": ("domain", "Mine", "Lab"), "B": ("residue", "Mine", "Lab")}


def test_evidence_that_is_not_asked_for_is_set_aside(tmp_path):
    lines = ["P1\t1\t5\tA\t\tECO:0000269|PubMed:1, ECO:1", "P1\t6\t9\tA\t\tECO:0000255"]
    (protein,), rejected = parted(source(tmp_path, *lines, evidence="experimental"))
    assert [span.evidence for span in protein.spans] == [("ECO:0000269|PubMed:1", "ECO:1")]
    assert [(row.piece, row.field, row.line) for row in rejected] == [("6..9", "A", 3)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("P1\t1\tx\tA\t\t", r"a.tsv, line 3: start and end must be whole numbers, got '1' and 'x'"),
        ("P1\t-1\t5\tA\t\t", r"line 3: start and end must be whole numbers, got '-1' and '5'"),
        ("P1\t0\t5\tA\t\t", r"line 3: 0 to 5 is not a place: residues are numbered from 1"),
        ("P1\t7\t5\tA\t\t", r"line 3: 7 to 5 is not a place"),
        ("P1\t1\t5", r"line 3: 3 tab-separated fields, at least 6 are needed: accession, start"),
        ("P1\t1\t5\tA\tsite\t", r"line 3: kind must be residue or domain, got 'site'"),
        ("P1\t1\t5\tA\tresidue\t", r"line 3: 'A' is residue-level here and domain-level above"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path, line, message):
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, "P1\t1\t5\tA\t\t", line))


def test_another_kind_in_the_settings_is_refused(tmp_path):
    with pytest.raises(UserError, match="kind must be residue or domain, got site"):
        source(tmp_path, kind="site")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none does not exist: correct concepts.source.path"):
        list(PlainTableSource(path=tmp_path / "none", **SETTINGS).read())
