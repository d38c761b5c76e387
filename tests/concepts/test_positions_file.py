"""What holds for every file of positions, checked through the plain table."""

from hashlib import sha256

import pytest
from tests.concepts.tables import parted

from interplm.concepts import BedSource, PlainTableSource
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


WRONG = [
    ("P1\t1\tx\tA\t\t", "start and end must be whole numbers, got '1' and 'x'"),
    ("P1\t-1\t5\tA\t\t", "start and end must be whole numbers, got '-1' and '5'"),
    ("P1\t1\t1" + "0" * 5000 + "\tA\t\t", "start and end must be whole numbers, got '1' and '1000"),
    ("P1\t0\t5\tA\t\t", "0 to 5 is not a place: residues are numbered from 1"),
    ("P1\t7\t5\tA\t\t", "7 to 5 is not a place"),
    ("P1\t1\t5", "3 fields, at least 6 are needed: accession, start"),
    ("\t1\t5\tA\t\t", "there is no accession"),
    ("P1\t1\t5\t\t\t", "the concept must not be empty"),
    ("P\x07\t1\t5\tA\t\t", "the name holds U+0007, a character that cannot be seen"),
    ("P1\t1\t5\tA\tsite\t", "kind must be residue, domain or ends, got 'site'"),
    ("P1\t1\t5\tA\tresidue\t", "'A' is residue-level here and domain-level above"),
]


@pytest.mark.parametrize(("line", "reason"), WRONG)
def test_a_wrong_line_is_set_aside_and_the_others_stay(tmp_path, line, reason):
    lines = ["P1\t1\t5\tA\t\t", line, "P1\t7\t9\tA\t\t"]
    (protein,), (rejected,) = parted(source(tmp_path, *lines))
    assert [(span.start, span.stop) for span in protein.spans] == [(0, 5), (6, 9)]
    assert rejected.reason.startswith(reason)
    assert (rejected.line, rejected.file) == (3, "")


def test_a_file_of_wrong_lines_is_refused_with_the_first_of_them(tmp_path):
    lines = ["P1\tx\t5\tA\t\t", "P1\t1\ty\tA\t\t"]
    message = r"a.tsv, line 2: start and end must .*; nor can any of its other lines \(2 in all\)"
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, *lines))


def test_evidence_that_nothing_has_is_refused(tmp_path):
    lines = ["P1\t1\t5\tA\t\t", "P1\t1\t5\tA\t\tECO:0000255"]
    with pytest.raises(UserError, match=r"none of 2 annotations has the evidence asked for \(exp"):
        parted(source(tmp_path, *lines, evidence="experimental"))


def test_a_range_is_its_two_ends_where_the_line_or_the_settings_say_so(tmp_path):
    lines = ["P1\t2\t9\tBridge\tends\t", "P1\t3\t5\tA\t\t"]
    table = source(tmp_path, *lines)
    (protein,), _ = parted(table)
    assert [(s.concept, s.ends_only) for s in protein.spans] == [("Bridge", True), ("A", False)]
    assert table.concepts["Bridge"].kind == "residue"
    (protein,), _ = parted(source(tmp_path, *lines, kind="ends"))
    assert [span.ends_only for span in protein.spans] == [True, True]


BONDS = [
    *("Disulfide bond", "disulfide_bond", "DISULFID", "SSBOND", "Cross-link", "crosslink"),
    *("disulfide_bridge", "disulfide", "Disulphide bridge", "Interchain disulfide bond"),
    *("Disulfide bonds (interchain)", "thioether crosslink", "intrachain_crosslink"),
    *("Cystine bridge", "lanthionine", "Beta-methyllanthionine (Cys-Thr)", "disulfide bond 2"),
    *("S-S bond", "Glycyl lysine isopeptide (Lys-Gly)", "Cross-link: Isoglutamyl", "thioester"),
]


@pytest.mark.parametrize("name", BONDS)
def test_a_bond_is_its_two_ends_unless_a_line_says_otherwise(tmp_path, name):
    table = source(tmp_path, f"P1\t2\t9\t{name}\t\t")
    (protein,), _ = parted(table)
    assert (protein.spans[0].ends_only, table.concepts[name].kind) == (True, "residue")
    (protein,), _ = parted(source(tmp_path, f"P1\t2\t9\t{name}\tdomain\t"))
    assert not protein.spans[0].ends_only


@pytest.mark.parametrize(
    "name",
    [
        *("Protein disulfide-isomerase", "Thioester domain", "Disulfide bond formation protein"),
        *("Isopeptidase", "Cross-linking protein", "Cystine knot", "Actin cross-bridge", "Bond"),
    ],
)
def test_what_only_has_to_do_with_bonds_is_none(tmp_path, name):
    (protein,), _ = parted(source(tmp_path, f"P1\t2\t9\t{name}\t\t"))
    assert not protein.spans[0].ends_only


def test_a_category_of_bonds_tells_what_its_concepts_are(tmp_path):
    (protein,), _ = parted(source(tmp_path, "P1\t2\t9\tInter\t\t", category="Disulfide bond"))
    assert protein.spans[0].ends_only
    path = tmp_path / "b.tsv"
    path.write_text(
        "accession\tstart\tend\tconcept\tcategory\tkind\n"
        "P1\t2\t9\tInterchain\tDisulfide bond\t\nP1\t2\t9\tLoop\tCross-links\tdomain\n"
    )
    (protein,), _ = parted(PlainTableSource(path=path, **SETTINGS))
    found = [(span.concept, span.ends_only) for span in protein.spans]
    assert found == [("Interchain", True), ("Loop", False)]


@pytest.mark.parametrize(
    ("reader", "header", "first"),
    [(PlainTableSource, "accession\tstart\tend\tconcept\n", 1), (BedSource, "", 0)],
)
def test_a_quote_that_nothing_closes_swallows_no_line(tmp_path, reader, header, first):
    path = tmp_path / "a"
    path.write_text(header + 'P1\t5\t6\t"b\nP1\t7\t8\tc"\nP1\t9\t10\td\n')
    (protein,), rejected = parted(reader(path=path, **SETTINGS))
    found = [(span.concept, span.start + first) for span in protein.spans]
    assert (found, rejected) == ([('"b', 5), ('c"', 7), ("d", 9)], [])


def test_a_quoted_note_of_several_lines_stays_one_wherever_it_stands(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('accession,note,start,end,concept\nP1,"two\nlines",5,6,A\n')
    (protein,), rejected = parted(PlainTableSource(path=path, **SETTINGS))
    assert ([span.note for span in protein.spans], rejected) == (["two lines"], [])


def test_several_files_are_read_as_one_source(tmp_path):
    for name, place in (("a", "1\t5"), ("b", "7\t8")):
        text = f"{HEADER}\nP1\t{place}\tA\t\t\nP1\tx\ty\tA\t\t\n"
        (tmp_path / f"{name}.tsv").write_text(text)
    for path in ([tmp_path / "a.tsv", tmp_path / "b.tsv"], str(tmp_path / "*.tsv")):
        (protein,), rejected = parted(PlainTableSource(path=path, **SETTINGS))
        assert [(span.start, span.stop) for span in protein.spans] == [(0, 5), (6, 8)]
        assert [(row.file, row.line) for row in rejected] == [("a.tsv", 3), ("b.tsv", 3)]


def test_a_pattern_that_no_file_matches_is_named(tmp_path):
    with pytest.raises(
        MissingArtifact, match=r"No file matches .*/\*.tsv: correct concepts.source"
    ):
        PlainTableSource(path=f"{tmp_path}/*.tsv", **SETTINGS)


def test_several_files_have_one_digest_that_tells_each_change(tmp_path):
    def digest(*texts):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"{number}.tsv")
            paths[-1].write_text(text)
        return PlainTableSource(path=paths, **SETTINGS).sha256()

    assert digest("a") == sha256(b"a").hexdigest()
    assert len({digest("a"), digest("a", "b"), digest("b", "a"), digest("a", "c")}) == 4


def test_another_kind_in_the_settings_is_refused(tmp_path):
    with pytest.raises(UserError, match="kind must be residue, domain or ends, got site"):
        source(tmp_path, kind="site")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none does not exist: correct concepts.source.path"):
        list(PlainTableSource(path=tmp_path / "none", **SETTINGS).read())
