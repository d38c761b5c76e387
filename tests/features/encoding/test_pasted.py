import pytest

from interplm.errors import MalformedInput
from interplm.features.encoding.pasted import read_sequence, read_sequences


@pytest.mark.parametrize(
    "text",
    [
        "MKAVAV", "mkavav\n", ">x\nMKA\nVAV\n", ">sp|P1|NAME words\r\nMKAVAV*\r\n", " MKA VAV ",
        ";comment\n>x\nMKAVAV",
    ],
)  # fmt: skip
def test_plain_sequences_and_fasta_records_are_read(text):
    assert read_sequence(text, max_residues=10).sequence == "MKAVAV"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no sequence yet"),
        ("  \n\t\n", "no sequence yet"),
        (">only a header", "there are no residues"),
        (">a\nMK\n>b\nMK", "holds 2 FASTA records, at most 1"),
        ("MK\n>a\nMK", "before the FASTA header"),
        ("MKA1VAV", "'1' at residue 4 is not a residue"),
        ("MK-AV", "gap '-' at residue 3"),
        ("<script>alert(1)</script>", "'<' at residue 1 is not a residue"),
        ("ATGGCC" * 4, "these look like nucleotides: 100% of the letters"),
        (">g\nAUGGCC\nAUGGCCAUGGCCAUGGCC", "these look like nucleotides"),
        ("M" * 11, "has 11 residues, the limit is 10"),
        ("M" * 3_000_000, "about 3,000,000 letters, the limit is 10"),
    ],
)
def test_what_is_no_protein_gets_a_sentence(text, sentence):
    with pytest.raises(MalformedInput, match=sentence):
        read_sequence(text, max_residues=10)


def test_a_header_is_kept_as_text():
    record = read_sequence(">sp|P1|N <img src=x onerror=alert(1)>\nMK", max_residues=10)
    assert record.accession == "P1"
    assert record.description == "<img src=x onerror=alert(1)>"


def test_several_records_are_read_in_their_order_and_the_wrong_one_is_named():
    found = read_sequences(">a x\nMK\nAV\n\n>b\nMKA*\n", max_residues=10, max_records=5)
    assert [(r.accession, r.description, r.sequence) for r in found] == [
        ("a", "x", "MKAV"), ("b", "", "MKA"),
    ]  # fmt: skip
    with pytest.raises(MalformedInput, match="second: '1' at residue 3 is not a residue"):
        read_sequences(">first\nMK\n>second\nMK1\n", max_residues=10, max_records=5)
