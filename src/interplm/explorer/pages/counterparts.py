"""Features of other runs that fire where one does: to find one's place again in another SAE."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

import numpy as np
from scipy.sparse import vstack

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.evidence import label_html
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
)
from interplm.features.database.records import Example
from interplm.features.encoding.sequence import SequenceEncoder

_N_OF_EACH = 4
# A fraction of each feature's maximum: where it is only weak, a feature says little.
_STRONG = 0.5
# Proteins that another SAE reads; and the fewest that two features must both keep without that.
_N_READ = _N_KEPT = 5
_N_REMEMBERED = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """A feature of another run that is strong where one is.

    Attributes:
        feature: its number.
        jaccard: of the residues on which each is above half of its maximum.
        n_proteins: over which that was measured.
        is_read: whether they are the strongest proteins, which the other SAE has read; otherwise
            those that are kept as examples of both.
    """

    feature: int
    jaccard: float
    n_proteins: int
    is_read: bool

    @property
    def proteins(self) -> str:
        """Those over which it was measured, in words."""
        if self.is_read:
            return f"its {self.n_proteins} strongest proteins"
        return f"the {self.n_proteins} proteins kept as examples of both"


@lru_cache(_N_REMEMBERED)
def counterparts(explorer: Explorer, other: Explorer, feature: int) -> tuple[Counterpart, ...]:
    """Features of another run that are strong on the same residues, the closest first; remembered.

    Where the other run can read sequences, it reads the strongest proteins. A protein without a
    stored example may excite a feature all the same, so otherwise only those count that both keep.
    """
    if other.encoder is not None:
        try:
            return tuple(_read(explorer, other.encoder, feature))
        except UserError:  # such as weights that are not on this machine
            pass
    found = _kept(explorer, other, feature)
    return tuple(sorted(found, key=lambda one: (-one.jaccard, -one.n_proteins, one.feature)))


def _read(explorer: Explorer, encoder: SequenceEncoder, feature: int) -> Iterator[Counterpart]:
    """Over the strongest proteins; of equals the one whose activations point the same way first."""
    examples = explorer.reader.examples(feature, "top")
    known = explorer.reader.proteins([example.accession for example in examples])
    lengths = {a: p.length for a, p in known.items() if p.length <= encoder.max_residues}
    chosen = [example for example in examples if example.accession in lengths][:_N_READ]
    if not chosen:
        return
    ours = np.concatenate([_activations(one, lengths[one.accession]) for one in chosen])
    sequences = [known[example.accession].sequence for example in chosen]
    theirs = vstack([one.values for one in encoder.encode_many(sequences, keep=False)])
    strong, strong_there = (ours > _STRONG).astype(int), (theirs > _STRONG).astype(int)
    both = strong @ strong_there
    jaccard = both / (strong.sum() + strong_there.sum(axis=0) - both).clip(min=1)
    cosine = ours @ theirs / np.sqrt(theirs.power(2).sum(axis=0)).clip(min=1e-12)
    for number in np.lexsort((-cosine, -jaccard))[: np.count_nonzero(both)].tolist():
        yield Counterpart(
            feature=number,
            jaccard=float(jaccard[number]),
            n_proteins=len(chosen),
            is_read=True,
        )


def _activations(example: Example, length: int) -> np.ndarray:
    values = np.zeros(length, np.float32)
    values[list(example.positions)] = example.activations
    return values


def _kept(explorer: Explorer, other: Explorer, feature: int) -> Iterator[Counterpart]:
    """Over the proteins that are kept as examples of both."""
    ours = {one.accession: _strong(one) for one in explorer.reader.examples(feature)}
    kept: dict[int, dict[str, set[int]]] = defaultdict(dict)
    for example in other.reader.examples_on(ours):
        kept[example.feature][example.accession] = _strong(example)
    for number, theirs in kept.items():
        both = sum(len(ours[accession] & strong) for accession, strong in theirs.items())
        either = sum(len(ours[accession] | strong) for accession, strong in theirs.items())
        if both and len(theirs) >= _N_KEPT:
            yield Counterpart(
                feature=number, jaccard=both / either, n_proteins=len(theirs), is_read=False
            )


def _strong(example: Example) -> set[int]:
    """Residues above half of the feature's maximum."""
    pairs = zip(example.positions, example.activations, strict=True)
    return {position for position, activation in pairs if activation > _STRONG}


def alike(explorers: Explorers, address: Address) -> str:
    """The features of every other run that are strong on the same residues."""
    explorer = explorers.of(address)
    number = address.number("feature")
    if number is None or len(explorers) < 2 or explorer.reader.feature(number) is None:
        return ""
    rows = [
        _row(explorers, name, number, found)
        for name, other in explorers.items()
        if name != explorer.name
        for found in counterparts(explorer, other, number)[:_N_OF_EACH]
    ]
    return section(
        f"Features of the other SAEs that fire where f/{number} does",
        table(("SAE", "Feature", "Label", "Overlap", "On"), rows, numeric=(3,))
        if rows
        else message("None was found to be above half of its maximum on the same residues."),
        note="Of the residues where either is above half of its maximum, the share where both are",
        wide=True,
    )


def switched(explorers: Explorers, address: Address) -> str:
    """How far the feature is the one that was looked at before another run was chosen."""
    was = address.number("was")
    if was is None:
        return ""
    before, explorer = explorers.named(address.text("was_run")), explorers.of(address)
    if before is explorer or before.reader.feature(was) is None:
        return ""
    link = feature_link(was, run=before.name)
    there = f"{link} of {escape(explorers.titles[before.name])}"
    number = address.number("feature")
    if number is None:
        return (
            '<h1>No counterpart</h1><p class="ip-message ip-empty">No feature of this SAE was '
            f"found that is above half of its maximum where {there} is. Look for one under "
            "Features.</p>"
        )
    measured = {one.feature: one for one in counterparts(before, explorer, was)}.get(number)
    if measured is None:
        return ""
    return (
        f'<p class="ip-note">The closest to {there}: both are above half of their maxima on '
        f"{fraction(measured.jaccard)} of the residues where either is, on {measured.proteins}.</p>"
    )


def _row(explorers: Explorers, name: str, number: int, found: Counterpart) -> tuple[str, ...]:
    feature = explorers[name].reader.feature(found.feature)
    beside = escape(urlencode({"feature": number, "with": found.feature, "with_run": name}))
    return (
        escape(explorers.titles[name]),
        f'<a class="ip-feature" href="compare?{beside}">f/{found.feature}</a>',
        label_html(feature) if feature else "",
        fraction(found.jaccard),
        found.proteins,
    )
