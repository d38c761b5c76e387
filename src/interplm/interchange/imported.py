"""What reading an SAE of any format gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from interplm.interchange.publications import our_plm, published
from interplm.interchange.source import Source
from interplm.sae.base import SparseAutoencoder
from interplm.sae.export import DESCRIPTION_FILE, save_sae
from interplm.sae.normalized import NormalizedSAE, save_maxima

# Written where other toolkits' files say nothing of our training settings.
UNKNOWN_SETTINGS = "placeholders: the source does not record them"

Fact = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An SAE and what is known of it.

    Attributes:
        sae: in evaluation mode, on the CPU; a NormalizedSAE where features are fractions of maxima
            that are kept beside the weights.
        format: name of the toolkit.
        trained_on: plain values, for `sae.yaml`; see `origin`.
    """

    sae: SparseAutoencoder | NormalizedSAE
    format: str
    trained_on: dict[str, Fact]

    def save(self, folder: Path) -> None:
        """Write it as an export of ours; the maxima of a NormalizedSAE go beside it."""
        if isinstance(self.sae, NormalizedSAE):
            save_sae(self.sae.sae, folder, fingerprint=self.trained_on)
            # How many residues the maxima were taken over is not in the source.
            save_maxima(folder, self.sae.scale, n_residues=0, fingerprint=self.trained_on)
        else:
            save_sae(self.sae, folder, fingerprint=self.trained_on)


def origin(
    source: Source,
    format: str,
    *,
    files: Mapping[str, Fact | None],
    said: Mapping[str, object] | None = None,
) -> dict[str, Fact]:
    """`trained_on` of another toolkit's SAE, from its files and from the table of publications.

    Args:
        source: where it was found.
        format: name of the toolkit.
        files: what its files say, translated; None for what they do not. Of these, `plm` may be
            anybody's name for it; `layer` must count as ours do, and is compared with that of the
            activations; `reads` is for what is no hidden state.
        said: entries of the files as they stand, under the toolkit's own names; kept if plain.

    Returns:
        What is known under these names, where the files go before the table, and `known_from`,
        which says what is from where.
    """
    from_files = {name: value for name, value in files.items() if value is not None}
    table: dict[str, Fact] = dict(published(source.address, format=format))
    plm = our_plm(str(from_files.get("plm")))
    if plm is not None:
        from_files["plm"] = plm
    elif "plm" in table:  # which knows it by our name
        from_files.pop("plm", None)
    publication = table.pop("publication", None)
    table.pop("k", None)
    if "reads" in from_files:
        table.pop("layer", None)
    table = {name: value for name, value in table.items() if name not in from_files}
    words = {n: v for n, v in (said or {}).items() if isinstance(v, str | int | float)}
    known_from = [f"its files ({', '.join(from_files)})"] * bool(from_files)
    known_from += [f"the table of publications, {publication} ({', '.join(table)})"] * bool(table)
    return {
        "converted_from": format,
        **words,
        **from_files,
        **table,
        "known_from": "; ".join(known_from) or "nowhere: say which PLM and layer it reads",
        "training_settings": UNKNOWN_SETTINGS,
    }


def export_in(source: Path) -> Path | None:
    """The folder of an export of ours: `source`, or the one in a finished run, if there is any."""
    for folder in (source, source / "sae"):
        if (folder / DESCRIPTION_FILE).exists():
            return folder
    return None
