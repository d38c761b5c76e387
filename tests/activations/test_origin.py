from pathlib import Path

import pytest
from tests.activations.stores import fingerprint

from interplm.activations.origin import check_trained_on
from interplm.errors import FingerprintMismatch

SAE = Path("run/sae")


@pytest.mark.parametrize("name", ["weights_sha256", "layer", "d_model"])
def test_an_sae_of_other_activations_is_refused_by_what_differs(name):
    trained_on = fingerprint().as_dict()
    check_trained_on(trained_on, fingerprint(), sae=SAE)
    other = fingerprint(**{name: "ef" * 32 if name == "weights_sha256" else 5})
    with pytest.raises(FingerprintMismatch, match=rf"run/sae was trained .* with {name}="):
        check_trained_on(trained_on, other, sae=SAE)


def test_what_an_export_does_not_say_is_not_compared():
    check_trained_on({}, fingerprint(), sae=SAE)
