import numpy as np
import pytest

from interplm.concepts import ShardSplit
from interplm.errors import UserError

NAMES = [f"P{number}" for number in range(83)]


def split(names, **changes):
    settings = {"n_shards": 8, "validation": [0, 1, 2, 3], "test": [4, 5, 6, 7], "seed": 42}
    return ShardSplit(**settings | {"n_aligned": 0} | changes).split(names, [""] * len(names))


def test_half_of_the_shards_choose_and_the_others_test():
    made = split(NAMES)
    assert made.validation.sum() == 4 * 10 + 3  # the first three shards have one more
    assert (made.test == ~made.validation).all()
    assert len(set(made.cluster)) == len(NAMES)


def test_sides_do_not_depend_on_the_order_of_the_proteins():
    backwards = split(NAMES[::-1]).validation[::-1]
    assert (backwards == split(NAMES).validation).all()
    assert (split(NAMES, seed=1).validation != split(NAMES).validation).any()


def test_shards_follow_the_numbers_that_are_asked_for():
    one = split(NAMES, validation=[2], test=[0, 1, 3, 4, 5, 6, 7]).validation
    other = split(NAMES, validation=[3], test=[0, 1, 2, 4, 5, 6, 7]).validation
    assert (one.sum(), other.sum()) == (11, 10)
    assert not np.any(one & other)


@pytest.mark.parametrize(
    ("validation", "test"), [([0, 1], [2]), ([0, 0, 1], [2, 3]), ([], [0, 1, 2, 3])]
)
def test_shards_on_no_side_or_on_two_are_refused(validation, test):
    with pytest.raises(UserError, match=r"must share the shards 0\.\.3 among them, each once"):
        split(NAMES, n_shards=4, validation=validation, test=test)


def test_fewer_proteins_than_shards_are_refused():
    with pytest.raises(UserError, match="5 proteins do not fill 8 shards"):
        split(NAMES[:5])
