import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interplm.features.multiple_testing import q_values


def by_hand(p_values, n_tests):
    """The smallest rate at which a test is among those taken, by its definition."""
    rates = sorted(set(p_values))
    found = []
    for p in p_values:
        limits = [n_tests * q / sum(other <= q for other in p_values) for q in rates if q >= p]
        found.append(min(1.0, *limits))
    return found


P_VALUES = st.lists(st.floats(1e-4, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_q_values_follow_from_the_definition(p_values):
    np.testing.assert_allclose(q_values(np.array(p_values)), by_hand(p_values, len(p_values)))


@given(P_VALUES, st.integers(0, 50))
def test_tests_that_were_not_made_count_as_ones(p_values, n_more):
    n_tests = len(p_values) + n_more
    whole = q_values(np.array([*p_values, *[1.0] * n_more]))[: len(p_values)]
    np.testing.assert_allclose(q_values(np.array(p_values), n_tests=n_tests), whole)


def test_no_tests_have_no_q_values():
    assert q_values(np.zeros(0)).tolist() == q_values(np.zeros(0), n_tests=5).tolist() == []
