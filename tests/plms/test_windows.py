import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.errors import UserError
from interplm.plms.windows import Window, windows


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
