import numpy as np
import pytest
from scipy.sparse import csc_array

from interplm.explorer.pages.your_protein.comparison import Comparison, aligned_columns
from interplm.features.encoding.sequence import SequenceFeatures


def features(sequence, values):
    return SequenceFeatures(sequence, csc_array(np.array(values, dtype=np.float32)))


def compared(before, after, columns=None, sequences=("MKA", "MWA")):
    columns = columns or [(i, i) for i in range(len(before))]
    return Comparison(features(sequences[0], before), features(sequences[1], after), columns)


def test_differences_are_after_less_before_and_gaps_count_as_silent():
    columns = [(0, 0), (1, None), (2, 1), (None, 2)]
    found = compared([[1], [0.5], [0]], [[0.25], [0.125], [1]], columns)
    np.testing.assert_array_equal(found.differences.toarray(), [[-0.75], [-0.5], [0.125], [1]])


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([0, 0, 0], [0, 0.2, 0], "appears"),
        ([0, 0.2, 0], [0, 0, 0.04], "vanishes"),
        ([0, 0.3, 0], [0, 0.6, 0], "stronger"),
        ([0, 0.6, 0], [0, 0.3, 0], "weaker"),
        ([0.9, 0, 0], [0, 0, 0.9], "moves"),
    ],
)
def test_what_happens_is_said_by_the_maxima_and_where_by_the_residue(before, after, kind):
    (change,) = compared([[v] for v in before], [[v] for v in after]).changes()
    assert change.kind == kind
    assert change.maximum_before == pytest.approx(max(before))
    assert change.maximum_after == pytest.approx(max(after))
    # The figures at the residue are of that residue and no maxima.
    assert change.change == pytest.approx(change.after - change.before)
    assert change.before == pytest.approx(before[change.column])


def test_the_largest_changes_come_first_and_noise_is_left_out():
    found = compared([[0, 0, 0.5]] * 3, [[0.2, 0.05, 1]] * 3).changes()
    assert [change.feature for change in found] == [2, 0]


def test_columns_are_named_as_people_write_them():
    found = compared([[0]] * 3, [[0]] * 3, [(0, 0), (1, 1), (2, None), (None, 2)])
    assert [found.name(i) for i in range(4)] == ["M1", "K2W", "A3−", "+A3"]


def test_unlike_lengths_are_aligned_and_equal_ones_stand_as_they_are():
    assert aligned_columns("MKAVLW", "MKVLW") == [(0, 0), (1, 1), (2, None), (3, 2), (4, 3), (5, 4)]
    assert aligned_columns("MKA", "MWA") == [(0, 0), (1, 1), (2, 2)]


def test_equal_lengths_that_are_shifted_are_aligned():
    columns = aligned_columns("MKTAYIAKQRQISFVKSHFSRQ", "KTAYIAKQRQISFVKSHFSRQW")
    assert columns[0] == (0, None)
    assert columns[-1] == (None, 21)
