"""Whether a PLM made stored activations."""

from interplm.activations import Fingerprint
from interplm.errors import FingerprintMismatch
from interplm.plms import ResidueEncoder


def check_plm_made(plm: ResidueEncoder, activations: Fingerprint) -> None:
    """Raise FingerprintMismatch unless the activations come from this PLM's weights."""
    if plm.weights_sha256 != activations.weights_sha256:
        raise FingerprintMismatch(
            f"The activations come from {activations.plm} with the weights "
            f"{activations.weights_sha256[:12]}…, but {plm.name} has {plm.weights_sha256[:12]}…: "
            "choose the matching plm, plm.weights and plm.control, or run `python -m "
            "interplm.embed` for this one."
        )
