from pathlib import Path

import pytest
from tests.activations.stores import fingerprint
from tests.evaluation.plms import plm

from interplm.errors import FingerprintMismatch
from interplm.evaluation import check_plm_made, check_trained_on

SAE = Path("run/sae")


def test_a_plm_with_other_weights_is_refused():
    made = fingerprint(weights_sha256="0" * 64)
    check_plm_made(plm(seed=0), made)
    with pytest.raises(
        FingerprintMismatch, match=r"with the weights 000000000000…, but small has 111111111111…"
    ):
        check_plm_made(plm(seed=1), made)


@pytest.mark.parametrize("name", ["weights_sha256", "layer", "d_model"])
def test_an_sae_of_other_activations_is_refused_by_what_differs(name):
    trained_on = fingerprint().as_dict()
    check_trained_on(trained_on, fingerprint(), sae=SAE)
    other = fingerprint(**{name: "ef" * 32 if name == "weights_sha256" else 5})
    with pytest.raises(FingerprintMismatch, match=rf"run/sae was trained .* with {name}="):
        check_trained_on(trained_on, other, sae=SAE)


def test_what_an_export_does_not_say_is_not_compared():
    check_trained_on({}, fingerprint(), sae=SAE)
