import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.errors import UserError
from interplm.plms.windows import Window, windows, windows_of_known


def test_a_protein_that_fits_is_one_window():
    assert windows(10, max_residues=10, overlap=4) == [Window(0, 10, 0, 10)]


def test_neighbours_hand_over_in_the_middle_of_what_they_share():
    assert windows(14, max_residues=10, overlap=4) == [Window(0, 10, 0, 7), Window(4, 14, 7, 14)]


@given(st.integers(1, 3000), st.integers(1, 300), st.data())
def test_kept_parts_cover_the_protein_once_and_lie_inside_their_windows(n, longest, data):
    overlap = data.draw(st.integers(0, longest - 1))
    made = windows(n, max_residues=longest, overlap=overlap)
    kept = [i for window in made for i in range(window.keep_start, window.keep_stop)]
    assert kept == list(range(n))
    for window in made:
        assert window.start <= window.keep_start < window.keep_stop <= window.stop
        assert window.stop - window.start <= longest
    for left, right in zip(made, made[1:], strict=False):
        assert left.stop - right.start >= overlap


@pytest.mark.parametrize("overlap", [10, 11, -1])
def test_an_overlap_without_room_to_advance_is_refused(overlap):
    with pytest.raises(UserError, match=r"window_overlap must be in 0..9"):
        windows(20, max_residues=10, overlap=overlap)


def test_unknown_letters_part_a_protein_and_go_with_the_nearer_stretch():
    made = windows_of_known("XAAXXCCCX", set("AC"), max_residues=10, overlap=2)
    assert made == [Window(1, 3, 0, 4), Window(5, 8, 4, 9)]


def test_without_unknown_letters_the_windows_are_the_usual_ones():
    made = windows_of_known("A" * 14, set("AC"), max_residues=10, overlap=4)
    assert made == windows(14, max_residues=10, overlap=4)


@given(st.text("AX", min_size=1, max_size=120).filter(lambda s: "A" in s), st.integers(2, 20))
def test_kept_parts_cover_the_protein_and_no_unknown_letter_is_read(sequence, longest):
    made = windows_of_known(sequence, {"A"}, max_residues=longest, overlap=1)
    kept = [i for window in made for i in range(window.keep_start, window.keep_stop)]
    assert kept == list(range(len(sequence)))
    assert all(set(sequence[window.start : window.stop]) == {"A"} for window in made)


def test_a_protein_without_a_known_letter_is_refused():
    with pytest.raises(UserError, match="no residue that the model knows"):
        windows_of_known("XX", {"A"}, max_residues=10, overlap=1)
