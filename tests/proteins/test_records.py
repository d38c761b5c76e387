import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.proteins.alphabet import RESIDUES
from interplm.proteins.records import ProteinRecord, Rejected, make_record, parse_header


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("MKV", "MKV"),
        ("mkv", "MKV"),
        ("MK V\tL", "MKVL"),
        ("MKV*", "MKV"),
        ("UOBZXJ", "UOBZXJ"),
    ],
)
def test_usable_sequences_become_upper_case_without_space_or_final_stop(raw, clean):
    assert make_record("P1", raw, "", 1) == ProteinRecord("P1", clean, "", 1)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "there are no residues"),
        ("*", "there are no residues"),
        ("MK*VL", "stop codon '*' at residue 3"),
        ("MK-VL", "gap '-' at residue 3: this is a row of an alignment"),
        ("MK.VL", "gap '.' at residue 3: this is a row of an alignment"),
        ("MK1VL", "'1' at residue 3 is not a residue"),
        ("MKÄ", "'Ä' at residue 3 is not a residue"),
    ],
)
def test_unusable_sequences_are_set_aside_with_the_reason(raw, reason):
    assert make_record("P1", raw, "", 7) == Rejected("P1", "sequence", reason, 7)


def test_a_record_without_accession_is_set_aside():
    assert make_record("", "MKV", "", 3).reason == "the header has no accession"


@pytest.mark.parametrize(
    ("header", "accession", "description"),
    [
        ("sp|P33413|DUR3_YEAST Urea transporter", "P33413", "Urea transporter"),
        ("tr|A0A024|A0A024_HUMAN X", "A0A024", "X"),
        ("sp|P13970-2|SRNB_ECOLI Isoform", "P13970-2", "Isoform"),
        ("P0C1V6|organism=Other|motif_cluster=36", "P0C1V6", ""),
        ("P68871.2 RecName: Full=Hemoglobin", "P68871.2", "RecName: Full=Hemoglobin"),
        ("UniRef50_Q8WZ42 Titin n=1", "UniRef50_Q8WZ42", "Titin n=1"),
        ("O30642 2.1.1.248~~~mtmB1~~~", "O30642", "2.1.1.248~~~mtmB1~~~"),
        ("gi|123|ref|NP_1.1| protein", "NP_1.1", "protein"),
        ("gi|123", "123", ""),
        ("plain", "plain", ""),
        ("", "", ""),
        ("  spaced  out ", "spaced", "out"),
    ],
)
def test_accessions_are_found_in_headers_of_every_style(header, accession, description):
    assert parse_header(header) == (accession, description)


@given(st.text(max_size=50), st.text(max_size=50))
def test_no_input_crashes_and_what_is_kept_is_clean(header, raw):
    accession, description = parse_header(header)
    record = make_record(accession, raw, description, 1)
    if isinstance(record, ProteinRecord):
        assert record.sequence
        assert set(record.sequence) <= set(RESIDUES)
    else:
        assert record.reason


@given(st.text(alphabet=string.ascii_uppercase, min_size=1))
def test_every_capital_letter_is_a_residue(raw):
    assert make_record("P1", raw, "", 1) == ProteinRecord("P1", raw, "", 1)
