import numpy as np
import pytest
from scipy.sparse import csc_array

from interplm.explorer.pages.your_protein.ranking import rank
from interplm.features.encoding.sequence import SequenceFeatures

VALUES = np.array([[0, 0.2, 0.9, 0], [0, 0.5, 0.1, 0], [0, 0.5, 0.0, 0.01]], dtype=np.float32)
FEATURES = SequenceFeatures("MKA", csc_array(VALUES))


def numbers(**settings):
    return [ranked.feature for ranked in rank(FEATURES, 10, **settings)]


def test_features_are_ordered_by_what_is_asked_and_silent_ones_left_out():
    assert numbers() == [2, 1, 3]
    assert numbers(by="mean") == [1, 2, 3]
    assert numbers(by="extent") == [1, 2, 3]


def test_a_ranked_feature_has_all_three_measures():
    first = rank(FEATURES, 1)[0]
    assert first.maximum == pytest.approx(0.9)
    assert first.mean == pytest.approx(VALUES[:, 2].mean())
    assert (first.extent, first.peak) == (1, 0)


def test_only_a_region_counts_and_peaks_are_numbered_in_the_whole():
    assert numbers(start=1) == [1, 2, 3]
    assert rank(FEATURES, 1, start=1)[0].peak == 1
    assert numbers(start=0, stop=1) == [2, 1]


def test_features_that_are_not_asked_for_are_left_out():
    assert numbers(among={1, 3}) == [1, 3]
    assert numbers(among=set()) == []
