"""What every page of one explorer draws from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from interplm.explorer.render.scatter import map_points
from interplm.explorer.structures.library import StructureLibrary
from interplm.explorer.theme import family_colours
from interplm.features.database.reader import FeatureReader
from interplm.features.encoding.sequence import SequenceEncoder


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """One feature database with what belongs to it.

    Attributes:
        reader: of the database.
        encoder: for sequences that are pasted; None where the run folder lacks the models.
        structures: of proteins.
        n_rows: features on a page of the list.
        strip_reach: residues shown on either side of a peak.
        logo_reach: residues of the logo on either side of a peak.
        max_upload_bytes: largest file that may be sent.
    """

    reader: FeatureReader
    encoder: SequenceEncoder | None
    structures: StructureLibrary
    n_rows: int
    strip_reach: int
    logo_reach: int
    max_upload_bytes: int

    @cached_property
    def colours(self) -> dict[str, str]:
        """A colour for each concept family, by how many features it has."""
        return family_colours(self.reader.columns("family")["family"])

    @cached_property
    def labels(self) -> list[str]:
        """Labels of all features; "" without one."""
        return [label or "" for label in self.reader.columns("label")["label"]]

    @cached_property
    def n_dead(self) -> int:
        """Features that fire on no residue of the scored proteins."""
        return self.reader.columns("n_active")["n_active"].count(0)

    @cached_property
    def map_points(self) -> dict[str, Any]:
        """The map as JSON takes it."""
        names = ("feature", "x", "y", "family", "label", "f1", "density")
        return map_points(self.reader.columns(*names))

    def title(self) -> str:
        """PLM, layer and architecture in one line."""
        meta = self.reader.meta
        return " · ".join(
            [
                str(meta.get("plm", "unknown PLM")),
                f"layer {meta.get('layer', '?')}",
                f"{meta.get('architecture', 'SAE')} {self.reader.n_features:,}",
            ]
        )


def figure(meta: dict[str, Any], name: str) -> float | None:
    """A figure of the training run, if the database states it."""
    value = (meta.get("figures") or {}).get(name)
    return None if value is None else float(value)
