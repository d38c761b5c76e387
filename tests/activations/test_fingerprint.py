import numpy as np
import pytest
from tests.activations.stores import fingerprint

from interplm.activations.fingerprint import Fingerprint
from interplm.errors import FingerprintMismatch


def test_it_survives_the_scalars_that_hdf5_gives_back():
    stored = fingerprint().as_dict() | {"layer": np.int64(3), "other": 1}
    read = Fingerprint.from_dict(stored)
    assert read == fingerprint()
    assert type(read.layer) is int


def test_a_missing_entry_is_a_key_error_with_its_name():
    with pytest.raises(KeyError, match="plm"):
        Fingerprint.from_dict({})


def test_the_first_difference_is_named_with_both_values_and_the_mend():
    with pytest.raises(
        FingerprintMismatch, match=r"a.h5 was made with layer=4, but layer=3 is .*: do"
    ):
        fingerprint().check_equal(fingerprint(layer=4), where="a.h5", mend="do it again.")


def test_equal_ones_pass():
    fingerprint().check_equal(fingerprint(), where="a.h5", mend="")
