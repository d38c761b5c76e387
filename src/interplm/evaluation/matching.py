"""Whether an SAE, a PLM and stored activations belong together."""

from collections.abc import Mapping
from pathlib import Path

from interplm.activations import Fingerprint
from interplm.errors import FingerprintMismatch
from interplm.plms import ResidueEncoder

_ORIGIN = ("weights_sha256", "layer", "d_model")


def check_plm_made(plm: ResidueEncoder, activations: Fingerprint) -> None:
    """Raise FingerprintMismatch unless the activations come from this PLM's weights."""
    if plm.weights_sha256 != activations.weights_sha256:
        raise FingerprintMismatch(
            f"The activations come from {activations.plm} with the weights "
            f"{activations.weights_sha256[:12]}…, but {plm.name} has {plm.weights_sha256[:12]}…: "
            "choose the matching plm, plm.weights and plm.control, or run `python -m "
            "interplm.embed` for this one."
        )


def check_trained_on(
    trained_on: Mapping[str, str | int | float], activations: Fingerprint, *, sae: Path
) -> None:
    """Raise FingerprintMismatch unless an SAE reads such activations.

    Args:
        trained_on: what the export says; entries that it lacks are not compared.
        activations: on which the SAE is to be evaluated.
        sae: folder of the export, for the message.
    """
    for name in _ORIGIN:
        found = getattr(activations, name)
        if name in trained_on and trained_on[name] != found:
            raise FingerprintMismatch(
                f"{sae} was trained on activations with {name}={trained_on[name]}, but those given "
                f"have {name}={found}: give activations=<folder> of the same PLM and layer."
            )
