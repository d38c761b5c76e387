import pytest
from tests.concepts.tables import parted

from interplm.concepts import BedSource, ConceptSpan
from interplm.errors import MalformedInput

SETTINGS = {"kind": "residue", "category": "Mine", "family": "Lab", "evidence": "any"}


def source(tmp_path, text):
    path = tmp_path / "a.bed"
    path.write_text(text)
    return BedSource(path=path, **SETTINGS)


def test_residues_are_numbered_from_zero_and_the_end_is_not_included(tmp_path):
    text = "track name=x\nbrowser y\n# z\nP1\t0\t3\tA site\t500\t+\n"
    table = source(tmp_path, text)
    (protein,), rejected = parted(table)
    assert protein.spans == (ConceptSpan(accession="P1", concept="A site", start=0, stop=3),)
    assert (rejected, table.concepts["A site"].kind) == ([], "residue")


def test_a_line_in_blocks_or_without_a_name_is_set_aside(tmp_path):
    blocks = "P1\t0\t30\tA\t0\t+\t0\t30\t0\t2\t5,5\t0,25"
    one = "P1\t0\t30\tA\t0\t+\t0\t30\t0\t1\t30\t0"
    (protein,), rejected = parted(source(tmp_path, "\n".join([blocks, one, "P1\t1\t2\t."])))
    assert len(protein.spans) == 1
    assert [(row.line, row.piece, row.reason) for row in rejected] == [
        (1, blocks, "it is divided into blocks: give one line a block"),
        (3, "P1\t1\t2\t.", "no name"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("P1\t3\t3\tA", r"a.bed, line 1: 3 to 3 is not a place: residues are numbered from 0"),
        ("P1\t3\t5", r"line 1: 3 tab-separated fields, at least 4 are needed: accession, start"),
    ],
)
def test_a_file_of_wrong_lines_is_refused(tmp_path, text, message):
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, text))


def test_only_a_line_for_the_browser_is_skipped(tmp_path):
    text = (
        'track name="mine" description="a\tb"\nbrowser position chr1:1-9\ntrack\n'
        "trackA_001\t2\t9\tPF1\nbrowser_7\t0\t1\tPF1\ntrack\t4\t5\tPF1\nP1\t2\t9\tPF1\n"
    )
    proteins, rejected = parted(source(tmp_path, text))
    assert rejected == []
    assert [p.accession for p in proteins] == ["trackA_001", "browser_7", "track", "P1"]


def test_a_row_that_was_made_a_comment_is_named(tmp_path):
    text = "# three sites\n#P1\t0\t3\tA\nP2\t1\t2\tA\n#chrom\tstart\tend\tname\n"
    (protein,), (rejected,) = parted(source(tmp_path, text))
    assert protein.accession == "P2"
    assert (rejected.line, rejected.reason) == (2, "it begins with #, so it is a comment")


def test_quotes_and_database_forms_of_accessions_are_read(tmp_path):
    text = (
        '"sp|P33413|DUR3_YEAST"\t0\t3\t"A, ""b"""\nP33413 \t5\t6\tA\ntr|A0A024|X_HUMAN\t1\t2\tA\n'
    )
    proteins, _ = parted(source(tmp_path, text))
    assert [(p.accession, [s.concept for s in p.spans]) for p in proteins] == [
        ("P33413", ['A, "b"', "A"]),
        ("A0A024", ["A"]),
    ]


def test_spaces_may_separate_fields(tmp_path):
    (protein,), _ = parted(source(tmp_path, "P1 4  9 PF1 0 +\n"))
    assert [(s.concept, s.start, s.stop) for s in protein.spans] == [("PF1", 4, 9)]
