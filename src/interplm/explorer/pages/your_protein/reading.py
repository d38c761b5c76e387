"""Your protein: what the model sees in a pasted sequence, and what a change of it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interplm.explorer.context import Explorer
from interplm.explorer.pages.your_protein.mutations import FeatureChange, changes, mutate
from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
)
from interplm.explorer.render.sequence import activation_legend
from interplm.features.encoding.sequence import read_sequence
from interplm.proteins.records import ProteinRecord

N_RANKED = 25


@dataclass(frozen=True, slots=True)
class Ranked:
    """A feature on one sequence; peak is 0-based, maximum a fraction of the feature's own."""

    feature: int
    maximum: float
    peak: int
    n_active: int


def rank(activations: np.ndarray, n: int) -> list[Ranked]:
    """The features that fire most strongly, [n_residues, d_sae] fractions of their maxima."""
    maxima = activations.max(axis=0)
    order = np.argsort(-maxima, kind="stable")[:n]
    return [
        Ranked(
            feature=int(feature),
            maximum=float(maxima[feature]),
            peak=int(activations[:, feature].argmax()),
            n_active=int((activations[:, feature] > 0).sum()),
        )
        for feature in order
        if maxima[feature] > 0
    ]


def your_protein(explorer: Explorer, text: str, mutations: str, other: str) -> str:
    """The features of a sequence, beside those of a mutant or of another sequence if given.

    Raises:
        UserError: for a sequence that cannot be read or is too long.
    """
    if explorer.encoder is None:
        return message(
            "This run folder lacks the exported SAE or the PLM's settings, so no sequence can be "
            "read: train with `python -m interplm.train` and open that run."
        )
    first = read_sequence(text, max_residues=explorer.encoder.max_residues)
    second = _second(first, mutations, other, explorer.encoder.max_residues)
    before = explorer.encoder.encode(first.sequence)
    if second is None:
        return _one(explorer, first, before)
    return _two(explorer, first, second, before, explorer.encoder.encode(second.sequence))


def _second(
    first: ProteinRecord, mutations: str, other: str, max_residues: int
) -> ProteinRecord | None:
    base = read_sequence(other, max_residues=max_residues) if other.strip() else None
    if not mutations.strip():
        return base
    if base is not None:
        return ProteinRecord(base.accession, mutate(base.sequence, mutations), "", 1)
    name = f"{first.accession} {mutations.strip()}"
    return ProteinRecord(name, mutate(first.sequence, mutations), "", 1)


def _one(explorer: Explorer, record: ProteinRecord, activations: np.ndarray) -> str:
    ranked = rank(activations, N_RANKED)
    if not ranked:
        return message("No feature fires on this sequence. Paste a longer one.")
    rows = [
        (
            feature_link(r.feature),
            _label(explorer, r.feature),
            f'<span class="ip-meter" style="--v:{min(1, r.maximum):.3f}"></span> '
            f"{fraction(r.maximum)}",
            f'<span class="ip-mono">{record.sequence[r.peak]}{r.peak + 1}</span>',
            f"{r.n_active:,}",
        )
        for r in ranked
    ]
    header = ("Feature", "Label", "Strongest", "At", "Residues")
    return (
        f"{_heading(record)}"
        + section(
            "Features by activation over the sequence",
            activation_legend("maximum of each feature")
            + _heat(explorer, record, [r.feature for r in ranked], activations),
            name="your-protein-map",
            wide=True,
        )
        + section(
            "Strongest features",
            table(header, rows, numeric=(2, 4)),
            note="Fractions of each feature's maximum over the database's proteins",
            name="your-protein-features",
            wide=True,
        )
    )


def _two(
    explorer: Explorer,
    first: ProteinRecord,
    second: ProteinRecord,
    before: np.ndarray,
    after: np.ndarray,
) -> str:
    found = changes(before, after)
    heading = f"{_heading(first)}<p class='ip-note'>compared with {escape(second.accession)}, "
    heading += f"{len(second.sequence):,} residues</p>"
    if not found:
        return heading + message(
            "No feature changes by a tenth of its maximum or more: to this model the two are alike."
        )
    counts = {
        kind: sum(c.kind == kind for c in found) for kind in ("appears", "vanishes", "shifts")
    }
    note = (
        f"{counts['appears']:,} appear, {counts['vanishes']:,} vanish, {counts['shifts']:,} shift"
        + (f"; the {N_RANKED} largest changes are shown" if len(found) > N_RANKED else "")
    )
    found = found[:N_RANKED]
    features = [change.feature for change in found]
    header = ("Feature", "Label", "What happens", "Before", "After", "Largest change", "At")
    rows = [_change(explorer, change, second) for change in found]
    return (
        heading
        + section(
            "What changes",
            table(header, rows, numeric=(3, 4, 5)),
            note=note,
            name="your-protein-changes",
            wide=True,
        )
        + "".join(
            section(
                f"{title}: {record.accession}",
                _heat(explorer, record, features, activations),
                name=f"your-protein-{title.lower()}",
                wide=True,
            )
            for title, record, activations in (
                ("Before", first, before),
                ("After", second, after),
            )
        )
        + activation_legend("maximum of each feature")
    )


def _change(explorer: Explorer, change: FeatureChange, record: ProteinRecord) -> Sequence[str]:
    at = "–"
    if change.residue is not None:
        at = f'<span class="ip-mono">{record.sequence[change.residue]}{change.residue + 1}</span>'
    return (
        feature_link(change.feature),
        _label(explorer, change.feature),
        f'<span class="ip-{change.kind}">{change.kind}</span>',
        fraction(change.before),
        fraction(change.after),
        f"{change.change:+.2f}",
        at,
    )


def _heading(record: ProteinRecord) -> str:
    description = f"{escape(record.description[:200])} · " if record.description else ""
    return (
        f'<div class="ip-title"><h1>{escape(record.accession[:80])}</h1></div>'
        f'<p class="ip-lead">{description}{len(record.sequence):,} residues</p>'
    )


def _label(explorer: Explorer, feature: int) -> str:
    label = explorer.labels[feature]
    return escape(label) if label else '<span class="ip-quiet">no concept</span>'


def _heat(
    explorer: Explorer, record: ProteinRecord, features: Sequence[int], activations: np.ndarray
) -> str:
    labels = [explorer.labels[feature] for feature in features]
    return heat_map(record.sequence, features, labels, activations[:, list(features)].T)
