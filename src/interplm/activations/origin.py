"""Whether an SAE reads such activations as are stored."""

from collections.abc import Mapping
from pathlib import Path

from interplm.activations.fingerprint import Fingerprint
from interplm.errors import FingerprintMismatch

_ORIGIN = ("weights_sha256", "layer", "d_model")
_MEND = "give activations=<folder> of the same PLM and layer."


def check_trained_on(
    trained_on: Mapping[str, str | int | float],
    activations: Fingerprint,
    *,
    sae: Path,
    mend: str = _MEND,
) -> None:
    """Raise FingerprintMismatch unless an SAE reads such activations.

    Args:
        trained_on: what the export says; entries that it lacks are not compared.
        activations: to which the SAE is to be applied.
        sae: folder of the export, for the message.
        mend: what the user should do, for the message.
    """
    for name in _ORIGIN:
        found = getattr(activations, name)
        if name in trained_on and trained_on[name] != found:
            raise FingerprintMismatch(
                f"{sae} was trained on activations with {name}={trained_on[name]}, but those given "
                f"have {name}={found}: {mend}"
            )
