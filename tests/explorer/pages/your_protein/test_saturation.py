import numpy as np
import pytest

from interplm.errors import MalformedInput
from interplm.explorer.pages.your_protein.saturation import check_region, saturate, strongest
from interplm.proteins.alphabet import STANDARD

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLG"


def test_every_substitution_is_that_of_the_mutant_read_alone(explorer):
    feature = int(explorer.encoder.encode(SEQUENCE).maxima.argmax())
    changes = saturate(explorer.encoder, SEQUENCE, feature, start=4, stop=7)
    before = explorer.encoder.encode(SEQUENCE).maxima[feature]
    assert changes.shape == (20, 3)
    for row, letter in enumerate(STANDARD):
        for column, place in enumerate(range(4, 7)):
            mutant = SEQUENCE[:place] + letter + SEQUENCE[place + 1 :]
            expected = explorer.encoder.encode(mutant).maxima[feature] - before
            assert changes[row, column] == pytest.approx(expected, abs=1e-4)
    own = [STANDARD.index(SEQUENCE[place]) for place in range(4, 7)]
    np.testing.assert_array_equal(changes[own, range(3)], 0)


def test_the_strongest_substitutions_are_named_and_those_without_effect_are_not():
    changes = np.zeros((20, 3), np.float32)
    changes[STANDARD.index("W"), 1], changes[STANDARD.index("A"), 0] = -0.5, 0.25
    assert strongest(changes, "KLM", start=4, n=5) == [("L6W", -0.5), ("K5A", 0.25)]
    assert strongest(changes, "KLM", start=4, n=1) == [("L6W", -0.5)]


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 3), (0, 31), (5, 2)])
def test_a_region_that_is_none_is_refused(start, stop):
    with pytest.raises(MalformedInput, match="within residues 1 to 30"):
        check_region(SEQUENCE, start=start, stop=stop)


def test_a_region_that_would_take_too_long_is_refused_with_the_limit():
    with pytest.raises(MalformedInput, match=r"at most 13 are changed at once, not 14"):
        check_region("M" * 1000, start=0, stop=14)
    check_region("M" * 1000, start=0, stop=13)
