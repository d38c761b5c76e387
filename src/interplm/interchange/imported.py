"""What reading an SAE of any format gives."""

from dataclasses import dataclass
from pathlib import Path

from interplm.sae.base import SparseAutoencoder
from interplm.sae.export import DESCRIPTION_FILE, save_sae
from interplm.sae.normalized import NormalizedSAE, save_maxima

# Written where other toolkits' files say nothing of our training settings.
UNKNOWN_SETTINGS = "placeholders: the source does not record them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An SAE and what its files say of it.

    Attributes:
        sae: in evaluation mode, on the CPU; a NormalizedSAE where the file's features are
            fractions of maxima that it keeps beside the weights.
        format: name of the toolkit.
        trained_on: plain values, for `sae.yaml`.
    """

    sae: SparseAutoencoder | NormalizedSAE
    format: str
    trained_on: dict[str, str | int | float]

    def save(self, folder: Path) -> None:
        """Write it as an export of ours; the maxima of a NormalizedSAE go beside it."""
        if isinstance(self.sae, NormalizedSAE):
            save_sae(self.sae.sae, folder, fingerprint=self.trained_on)
            # How many residues the maxima were taken over is not in the source.
            save_maxima(folder, self.sae.scale, n_residues=0, fingerprint=self.trained_on)
        else:
            save_sae(self.sae, folder, fingerprint=self.trained_on)


def origin(toolkit: str, **known: str | int | float | None) -> dict[str, str | int | float]:
    """`trained_on` of another toolkit's SAE: what is known, under that toolkit's names.

    None of these is called `layer`: others count layers from another end, and evaluation compares
    that entry with the activations.
    """
    said = {name: value for name, value in known.items() if value is not None}
    return {"converted_from": toolkit, **said, "training_settings": UNKNOWN_SETTINGS}


def export_in(source: Path) -> Path | None:
    """The folder of an export of ours: `source`, or the one in a finished run, if there is any."""
    for folder in (source, source / "sae"):
        if (folder / DESCRIPTION_FILE).exists():
            return folder
    return None
