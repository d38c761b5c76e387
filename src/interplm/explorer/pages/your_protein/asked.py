"""What the address asks to see of a protein."""

import re
from dataclasses import dataclass

from interplm.errors import MalformedInput, UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.your_protein.comparison import Comparison, aligned_columns
from interplm.explorer.pages.your_protein.given import (
    chosen_protein,
    encoder_of,
    given_proteins,
    given_text,
)
from interplm.explorer.pages.your_protein.variants import changed, parse_variants
from interplm.features.encoding.sequence import SequenceFeatures
from interplm.proteins.records import ProteinRecord

# Which features are shown, and what each choice is called; the first unless another is made.
SHOWN = {
    "evidence": "concept, above baselines",
    "concepts": "with a concept",
    "amino": "concept or amino acid",
    "all": "all of them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A protein, what it is compared with, and the part of it that counts.

    Attributes:
        protein: as it was given, the one chosen of several.
        features: of it.
        comparison: with what changes made of it, or with another protein; None without either.
        other: name of what it is compared with.
        start: first residue that counts, 0-based.
        stop: one past the last.
        shown: which features, one of SHOWN.
    """

    protein: ProteinRecord
    features: SequenceFeatures
    comparison: Comparison | None
    other: str
    start: int
    stop: int
    shown: str

    @property
    def is_part(self) -> bool:
        """Whether only a region of the protein counts."""
        return (self.start, self.stop) != (0, len(self.protein.sequence))


def asked(explorer: Explorer, address: Address) -> Asked | None:
    """What the address asks for; None without a protein.

    Raises:
        UserError: for a text that is no protein or no change of it, or a model that is not there.
    """
    protein = chosen_protein(explorer, address)
    if protein is None:
        return None
    features = encoder_of(explorer).encode(protein.sequence)
    comparison, other = _compared(explorer, address, protein, features)
    start, stop = region(address.text("region"), len(protein.sequence))
    return Asked(
        protein=protein,
        features=features,
        comparison=comparison,
        other=other,
        start=start,
        stop=stop,
        shown=address.choice("show", list(SHOWN)),
    )


def asked_quietly(explorer: Explorer, address: Address) -> Asked | None:
    """The same for a part that only adds to the answer, which says what is wrong."""
    try:
        return asked(explorer, address)
    except UserError:
        return None


def region(text: str, length: int) -> tuple[int, int]:
    """`120-140`, or `120` alone, as 0-based and half-open; all of the protein for no text.

    Raises:
        MalformedInput: for what is no region, or begins outside the protein.
    """
    if not text.strip():
        return 0, length
    match = re.fullmatch(r"\s*(\d{1,6})(?:\s*[-–:]\s*(\d{1,6}))?\s*", text)
    if match is None:
        raise MalformedInput(
            f"{text[:30]!r} is not a region: write its first and last residue, as 120-140, or one."
        )
    first, last = sorted((int(match[1]), int(match[2] or match[1])))
    if not 1 <= first <= length:
        raise MalformedInput(
            f"{text.strip()} is not in the protein, which has residues 1 to {length:,}."
        )
    return first - 1, min(last, length)


def _compared(
    explorer: Explorer, address: Address, protein: ProteinRecord, features: SequenceFeatures
) -> tuple[Comparison | None, str]:
    mutations, other = given_text(address, "mutations"), given_text(address, "other")
    if mutations and other:
        raise MalformedInput(
            "Changes and another sequence cannot both be compared with the protein: take one away."
        )
    if mutations:
        mutant, columns = changed(protein.sequence, parse_variants(mutations, protein.sequence))
        name = f"{protein.accession} {mutations}"
    elif other:
        record, *more = given_proteins(explorer, other)
        if more:
            raise MalformedInput(
                f"{1 + len(more):,} proteins were given to compare with: give one."
            )
        mutant, name = record.sequence, record.accession
        columns = aligned_columns(protein.sequence, mutant)
    else:
        return None, ""
    return Comparison(features, encoder_of(explorer).encode(mutant), columns), name
