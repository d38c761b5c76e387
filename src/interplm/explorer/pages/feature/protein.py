"""The protein that is looked at beside a feature: an example, another scored one, or one's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.your_protein.asked import asked
from interplm.explorer.pages.your_protein.given import encoder_of
from interplm.features.database.records import Annotation, Example, Feature


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A protein with what a feature does on it.

    Attributes:
        accession: of the protein.
        name: in words.
        sequence: residues.
        annotations: of the protein.
        activations: 0-based residue to fraction of the feature's maximum, where it fires.
        source: "stored" as an example, "read" by the model just now, or the visitor's "own".
    """

    accession: str
    name: str
    sequence: str
    annotations: Sequence[Annotation]
    activations: dict[int, float]
    source: str

    @property
    def peak(self) -> int:
        """Residue on which it is strongest; the first where it is silent."""
        return max(self.activations, key=lambda residue: self.activations[residue], default=0)

    @property
    def maximum(self) -> float:
        """Its strongest activation."""
        return max(self.activations.values(), default=0.0)


def looked_at(explorer: Explorer, feature: Feature, address: Address) -> LookedAt | None:
    """What the address names; the strongest example where it names no protein."""
    if address.has("own"):
        own = own_proteins(explorer, feature, address)
        return own[min(address.number("own") or 1, len(own)) - 1] if own else None
    accession = address.text("accession")
    examples = explorer.reader.examples(feature.feature)
    named = (example for example in examples if example.accession == accession)
    example = next(named, examples[0] if examples and not accession else None)
    if example is not None:
        return _scored(explorer, feature, example.accession, example)
    return _scored(explorer, feature, accession, None) if accession else None


def own_proteins(explorer: Explorer, feature: Feature, address: Address) -> list[LookedAt]:
    """The protein that the visitor brings along, and what it is compared with, if anything."""
    found = asked(explorer, address)
    if found is None:
        return []
    record = found.protein
    own = [(record.accession, record.description, record.sequence)]
    if found.comparison is not None:
        own.append((found.other, "", found.comparison.after.sequence))
    return [
        LookedAt(
            accession=accession,
            name=name,
            sequence=sequence,
            annotations=(),
            activations=_read(explorer, feature, sequence),
            source="own",
        )
        for accession, name, sequence in own
    ]


def _scored(
    explorer: Explorer, feature: Feature, accession: str, example: Example | None
) -> LookedAt | None:
    protein = explorer.reader.proteins([accession]).get(accession)
    if protein is None:
        return None
    if example is not None:
        activations = dict(zip(example.positions, example.activations, strict=True))
    else:
        activations = _read(explorer, feature, protein.sequence)
    return LookedAt(
        accession=protein.accession,
        name=protein.name,
        sequence=protein.sequence,
        annotations=explorer.reader.annotations([accession]).get(accession, []),
        activations=activations,
        source="read" if example is None else "stored",
    )


def _read(explorer: Explorer, feature: Feature, sequence: str) -> dict[int, float]:
    values = encoder_of(explorer).encode(sequence).of(feature.feature)
    return {residue: float(value) for residue, value in enumerate(values) if value > 0}
