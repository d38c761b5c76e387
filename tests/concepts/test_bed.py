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
def test_a_wrong_line_is_refused(tmp_path, text, message):
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, text))
