import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.concepts.clipping import clip, within
from interplm.concepts.spans import AnnotatedProtein, ConceptSpan


@pytest.mark.parametrize(
    ("place", "ends_only", "left", "remark"),
    [
        ((0, 30), False, (0, 30), ""),
        ((5, 31), False, (5, 30), "it ends at 31, the sequence has 30 residues: clipped"),
        ((30, 31), False, None, "it ends at 31, the sequence has 30 residues"),
        ((4, 30), True, (4, 30), ""),
        (
            (4, 45), True, (4, 5),
            "it ends at 45, the sequence has 30 residues: only its first end is taken",
        ),
        ((30, 31), True, None, "it ends at 31, the sequence has 30 residues"),
    ],
)  # fmt: skip
def test_what_lies_past_the_end_is_cut_off_and_said(place, ends_only, left, remark):
    assert clip(place, 30, ends_only=ends_only) == (left, remark)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(1, 60), st.booleans())
def test_no_residue_is_invented(start, length, n_residues, ends_only):
    def residues(place):
        start, stop = place
        return {start, stop - 1} if ends_only else set(range(start, stop))

    whole = (start, start + length)
    left, remark = clip(whole, n_residues, ends_only=ends_only)
    expected = {residue for residue in residues(whole) if residue < n_residues}
    assert (residues(left) if left else set()) == expected
    assert bool(remark) == (expected != residues(whole))


def test_the_spans_of_a_protein_are_clipped_one_by_one():
    spans = tuple(
        ConceptSpan(accession="P1", concept=name, start=start, stop=stop)
        for name, start, stop in [("A", 0, 5), ("B", 3, 9), ("C", 7, 9)]
    )
    protein = AnnotatedProtein(accession="P1", sequence="", name="", spans=spans, line=4)
    clipped, remarks = within(protein, 6)
    assert [(span.concept, span.start, span.stop) for span in clipped.spans] == [
        ("A", 0, 5),
        ("B", 3, 6),
    ]
    assert [(row.accession, row.field, row.piece, row.line) for row in remarks] == [
        ("P1", "B", "4..9", 4),
        ("P1", "C", "8..9", 4),
    ]
    assert within(protein, 9) == (protein, [])
