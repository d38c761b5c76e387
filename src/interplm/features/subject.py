"""An exported SAE and the activations that its features are computed from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interplm.activations import ActivationStore
from interplm.activations.origin import check_trained_on
from interplm.errors import FingerprintMismatch, MissingArtifact
from interplm.files.checksum import sha256_of
from interplm.sae import SparseAutoencoder, load_sae
from interplm.sae.export import WEIGHTS_FILE, read_description

# What must be known of the activations that an SAE was trained on.
_NEEDED = ("plm", "weights_sha256", "layer", "d_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is scored.

    Attributes:
        sae: in evaluation mode.
        store: activations of the SAE's PLM and layer.
        sae_sha256: of the SAE's weights.
    """

    sae: SparseAutoencoder
    store: ActivationStore
    sae_sha256: str

    def identity(self) -> dict[str, Any]:
        """What makes its scores what they are, in plain values of different types (hence Any)."""
        return {"sae_sha256": self.sae_sha256, "activations": self.store.fingerprint.as_dict()}


def trained_on(sae_folder: Path) -> dict[str, Any]:
    """The fingerprint of the activations that an exported SAE was trained on (Any: plain values).

    Raises:
        FingerprintMismatch: if its export does not say.
    """
    found = read_description(sae_folder).get("trained_on") or {}
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise FingerprintMismatch(
            f"{sae_folder / 'sae.yaml'} does not say which {', '.join(missing)} the SAE was "
            "trained on, so it cannot be matched to activations: export it with its fingerprint."
        )
    return dict(found)


def open_subject(sae_folder: Path, *, activations: Path, dataset: str, embed: str) -> Subject:
    """Load an exported SAE, and open the activations of a dataset at its PLM and layer.

    Args:
        sae_folder: of the export.
        activations: folder of all activations.
        dataset: name of the annotated proteins.
        embed: command that makes these activations, for the message.

    Raises:
        MissingArtifact: if they are not there.
        FingerprintMismatch: if they come from another PLM, other weights or another layer.
    """
    wanted = trained_on(sae_folder)
    folder = activations / wanted["plm"] / f"layer_{wanted['layer']}" / dataset
    if not folder.is_dir():
        raise MissingArtifact(f"There are no activations in {folder}: run `{embed}` first.")
    store = ActivationStore(folder)
    mend = f"run `{embed} fresh=true` with the PLM that the SAE was trained on."
    check_trained_on(wanted, store.fingerprint, sae=sae_folder, mend=mend)
    return Subject(
        sae=load_sae(sae_folder), store=store, sae_sha256=sha256_of(sae_folder / WEIGHTS_FILE)
    )
