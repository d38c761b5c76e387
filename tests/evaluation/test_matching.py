import pytest
from tests.activations.stores import fingerprint
from tests.evaluation.plms import plm

from interplm.errors import FingerprintMismatch
from interplm.evaluation import check_plm_made


def test_a_plm_with_other_weights_is_refused():
    made = fingerprint(weights_sha256="0" * 64)
    check_plm_made(plm(seed=0), made)
    with pytest.raises(
        FingerprintMismatch, match=r"with the weights 000000000000…, but small has 111111111111…"
    ):
        check_plm_made(plm(seed=1), made)
