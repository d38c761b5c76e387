"""What every page of one explorer draws from."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.naming import own_parts, run_name
from interplm.explorer.render.scatter import map_points
from interplm.explorer.structures.library import StructureLibrary
from interplm.explorer.theme import family_colours
from interplm.features.database.reader import FeatureReader
from interplm.features.database.records import ConceptRow, Feature, Pair
from interplm.features.database.words import bare, names_of
from interplm.features.encoding.sequence import SequenceEncoder
from interplm.features.evidence import NOT_ABOVE_BASELINES

_N_GUESSES = 3
# Longer texts are no name misspelt, and would take long to compare.
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """One feature database with what belongs to it.

    Attributes:
        name: of the run, by which addresses tell it from others.
        reader: of the database.
        encoder: for sequences that are pasted; None where the models are not beside the scores.
        structures: of proteins.
        n_rows: features on a page of the list.
        strip_reach: residues shown on either side of a peak.
        logo_reach: residues of the logo on either side of a peak.
        max_upload_bytes: largest file that may be sent.
    """

    name: str
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

    def known_feature(self, feature: int) -> Feature:
        """A feature that there is.

        Raises:
            UserError: if there is none of that number.
        """
        last = self.reader.n_features - 1
        found = self.reader.feature(feature) if 0 <= feature <= last else None
        if found is None:
            raise UserError(f"There is no feature {feature}: numbers go from 0 to {last}.")
        return found

    def concept(self, name: str) -> ConceptRow | None:
        """A concept that was scored, by its name or an alias."""
        return self._concepts.get(name)

    def known_concept(self, name: str) -> ConceptRow:
        """The same of a concept that there is.

        Raises:
            UserError: if none was scored; it says whether it is too rare, and which are near.
        """
        found = self.concept(name)
        if found is not None:
            return found
        for rare in self.reader.rare_concepts:
            if rare.concept == name:
                raise UserError(
                    f"{name} is annotated {rare.n_domains:,} times in {rare.n_proteins:,} "
                    f"proteins, which is too rare to be scored ({rare.reason})."
                )
        guesses = self.near_concepts(name)
        guess = f" Did you mean {', '.join(guesses)}?" if guesses else ""
        raise UserError(f"No concept {name[:60]!r} was scored.{guess}")

    def near_concepts(self, text: str) -> list[str]:
        """Names of concepts that have a name spelt much like a text."""
        near = get_close_matches(bare(text)[:_LONGEST_NAME], self._spelt, n=_N_GUESSES)
        return list(dict.fromkeys(self._spelt[name] for name in near))

    @cached_property
    def _spelt(self) -> dict[str, str]:
        return {bare(name): row.concept for row in self.reader.concepts for name in names_of(row)}

    @cached_property
    def _concepts(self) -> dict[str, ConceptRow]:
        rows = self.reader.concepts
        return {alias: row for row in rows for alias in row.aliases} | {
            row.concept: row for row in rows
        }

    def label(self, feature: int) -> str:
        """What a feature is called; "" without a label."""
        return self._labels[feature] or ""

    def features_shown(self, kind: str) -> frozenset[int] | None:
        """Those of a kind; None for all of them.

        Args:
            kind: "concepts" has a label, "evidence" one above the best baseline, and "amino" may
                be named after an amino acid, too.
        """
        if kind == "evidence":
            return self._with_evidence
        return {"concepts": self._with_concept, "amino": self._with_label}.get(kind)

    def labelling(self, feature: int) -> Pair | None:
        """The pair that gives a feature its label."""
        return self._labelling.get(feature)

    def strength(self, feature: int) -> str:
        """How far the evidence carries its label; "" without one."""
        return self._strengths[feature] or ""

    @cached_property
    def _labelling(self) -> dict[int, Pair]:
        return {pair.feature: pair for pair in self.reader.labels()}

    @cached_property
    def _strengths(self) -> list[str | None]:
        return self.reader.columns("strength")["strength"]

    @cached_property
    def _labels(self) -> list[str | None]:
        return self.reader.columns("label")["label"]

    @cached_property
    def _with_label(self) -> frozenset[int]:
        return frozenset(n for n, label in enumerate(self._labels) if label)

    @cached_property
    def _with_concept(self) -> frozenset[int]:
        return frozenset(n for n in self._with_label if self._labels[n] not in AMINO_ACID_NAMES)

    @cached_property
    def _with_evidence(self) -> frozenset[int]:
        return frozenset(n for n in self._with_concept if self._strengths[n] != NOT_ABOVE_BASELINES)

    @cached_property
    def n_silent(self) -> int:
        """Features that fire on no residue of the scored proteins."""
        return self.reader.columns("n_active")["n_active"].count(0)

    @cached_property
    def map_points(self) -> dict[str, Any]:
        """The map as JSON takes it."""
        names = ("feature", "x", "y", "family", "label", "average_precision", "density")
        return map_points(self.reader.columns(*names))

    def title(self) -> str:
        """PLM, layer and SAE in one line."""
        return run_name(self.reader.meta, self.reader.n_features)


class Explorers(dict[str, Explorer]):
    """The runs that one app shows, by name; the first is shown where an address names none."""

    def __init__(self, explorers: Sequence[Explorer]) -> None:
        super().__init__((explorer.name, explorer) for explorer in explorers)

    @property
    def first(self) -> Explorer:
        """The one that is shown unasked."""
        return next(iter(self.values()))

    @cached_property
    def titles(self) -> dict[str, str]:
        """PLM, layer and SAE of each run, and what tells it from runs alike."""
        alike: dict[str, list[Explorer]] = {}
        for explorer in self.values():
            alike.setdefault(explorer.title(), []).append(explorer)
        return {
            explorer.name: f"{title} · {own}" if own else title
            for title, explorers in alike.items()
            for explorer, own in zip(explorers, _own(explorers), strict=True)
        }

    def of(self, address: Address) -> Explorer:
        """The run that an address names.

        Raises:
            UserError: if there is none of that name.
        """
        return self.named(address.text("run"))

    def named(self, name: str) -> Explorer:
        """The run of a name, the first for none; raises as `of` does."""
        if not name:
            return self.first
        if name not in self:
            raise UserError(f"There is no run {name[:60]!r} here; there are {', '.join(self)}.")
        return self[name]


def _own(alike: Sequence[Explorer]) -> list[str]:
    """The seed of each run where all differ in it, or what its name has of its own."""
    seeds = [explorer.reader.meta.get("seed") for explorer in alike]
    if len(alike) > 1 and None not in seeds and len(set(seeds)) == len(alike):
        return [f"seed {seed}" for seed in seeds]
    return own_parts([explorer.name for explorer in alike])


def figure(meta: dict[str, Any], name: str) -> float | None:
    """A figure of the training run, if the database states it."""
    value = (meta.get("figures") or {}).get(name)
    return float(value) if isinstance(value, int | float) else None
