"""Named features of sequences as files that other programs read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from interplm.explorer.context import Explorer
from interplm.explorer.pages.your_protein.given import encoder_of, given_proteins
from interplm.explorer.pages.your_protein.ranking import FIRING
from interplm.explorer.render.csv_text import csv_text
from interplm.features.database.records import Pair
from interplm.proteins.records import ProteinRecord

_RESERVED = {ord(sign): f"%{ord(sign):02X}" for sign in "%;=&,\t\n\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A stretch of a protein on which a named feature fires.

    Attributes:
        accession: of the protein.
        start: first residue, from 1.
        stop: last residue, from 1.
        feature: its number.
        label: of the feature.
        maximum: on the stretch, a fraction of the feature's own.
        threshold: above which its maximum finds the concept.
        average_precision: of the label on test proteins; None where it was not measured.
        strength: how far the evidence carries the label.
    """

    accession: str
    start: int
    stop: int
    feature: int
    label: str
    maximum: float
    threshold: float
    average_precision: float | None
    strength: str


def annotate(explorer: Explorer, text: str) -> Iterator[Annotated]:
    """Stretches of all proteins that a text names or holds, by protein and residue.

    Raises:
        UserError: see given_proteins, and where the models are not there.
    """
    named = explorer.features_shown("concepts") or frozenset()
    for protein in given_proteins(explorer, text):
        features = encoder_of(explorer).encode(protein.sequence)
        firing = [f for f in np.flatnonzero(features.maxima > 0).tolist() if f in named]
        found = [
            one
            for feature in firing
            for one in _stretches(explorer, protein, feature, features.of(feature))
        ]
        yield from sorted(found, key=lambda one: (one.start, one.stop, one.feature))


def as_csv(annotated: Sequence[Annotated]) -> str:
    """One row a stretch."""
    header = list(Annotated.__dataclass_fields__)
    return csv_text(header, [[getattr(one, name) for name in header] for one in annotated])


def as_gff3(annotated: Sequence[Annotated], source: str) -> str:
    """The same as GFF3; the score is the maximum."""
    lines = ["##gff-version 3"]
    for number, one in enumerate(annotated, start=1):
        notes = {
            "ID": f"f{one.feature}.{number}", "Name": one.label, "feature": str(one.feature),
            "strength": one.strength or "not known",
            "average_precision": "" if one.average_precision is None
            else f"{one.average_precision:.4g}",
        }  # fmt: skip
        column = ";".join(f"{k}={v.translate(_RESERVED)}" for k, v in notes.items() if v)
        lines.append(
            f"{one.accession.translate(_RESERVED)}\t{source.translate(_RESERVED)}\tregion\t"
            f"{one.start}\t{one.stop}\t{one.maximum:.6g}\t.\t.\t{column}"
        )
    return "\n".join([*lines, ""])


def _stretches(
    explorer: Explorer, protein: ProteinRecord, feature: int, values: np.ndarray
) -> Iterator[Annotated]:
    pair = explorer.labelling(feature)
    threshold, extent = (FIRING, FIRING) if pair is None else (pair.threshold, pair.extent)
    above = np.concatenate([[False], values > extent, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if values[start:stop].max() <= threshold:
            continue
        yield Annotated(
            accession=protein.accession,
            start=start + 1,
            stop=stop,
            feature=feature,
            label=explorer.label(feature),
            maximum=float(values[start:stop].max()),
            threshold=float(threshold),
            average_precision=_precision(pair),
            strength=explorer.strength(feature),
        )


def _precision(pair: Pair | None) -> float | None:
    return None if pair is None else pair.average_precision
