import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.proteins.alphabet import RESIDUES
from interplm.proteins.identifiers import parse_header
from interplm.proteins.records import ProteinRecord, Rejected, make_record

ALIGNED = "this is a row of an alignment (proteins.source.aligned=true takes them out)"


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
        ("MK-VL", f"gap '-' at residue 3: {ALIGNED}"),
        ("MK.VL", f"gap '.' at residue 3: {ALIGNED}"),
        ("MK1VL", "'1' at residue 3 is not a residue"),
        ("MKÄ", "'Ä' at residue 3 is not a residue"),
    ],
)
def test_unusable_sequences_are_set_aside_with_the_reason(raw, reason):
    assert make_record("P1", raw, "", 7) == Rejected("P1", "sequence", reason, 7)


def test_a_record_without_accession_is_set_aside():
    assert make_record("", "MKV", "", 3).reason == "there is no accession"


@pytest.mark.parametrize("raw", ["MK-V.L", "--mkv..l-", "MKVL*--", "M-K-V-L*"])
def test_gaps_are_taken_away_where_asked(raw):
    assert make_record("P1", raw, "", 1, aligned=True) == ProteinRecord("P1", "MKVL", "", 1)


def test_nucleotides_are_set_aside_unless_they_are_asked_for():
    raw = "ACGTN" * 10
    reason = "these look like nucleotides: 100% of the letters are A, C, G, T, U or N"
    assert make_record("g1", raw, "", 3) == Rejected("g1", "nucleotides", reason, 3)
    kept = make_record("g1", raw, "", 3, refuse_nucleotides=False)
    assert kept == ProteinRecord("g1", raw, "", 3)


@pytest.mark.parametrize("unseen", ["\x00", "\x07", "\x1b", "\u200b", "\u202e", "\ufffe"])
def test_a_name_with_a_character_that_cannot_be_seen_is_set_aside(unseen):
    found = make_record(f"P{unseen}1", "MKV", "", 1)
    assert isinstance(found, Rejected)
    assert found.reason == f"the name holds U+{ord(unseen):04X}, a character that cannot be seen"


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
