"""The demo proteome: proteins with planted features, as FASTA and as a UniProtKB table."""

import re
from dataclasses import dataclass
from pathlib import Path

from interplm.demo.planted import (
    ANYWHERE,
    C_TERMINAL,
    LOOK_ALIKES,
    N_TERMINAL,
    Dice,
    PlantedFeature,
    Segment,
)
from interplm.errors import UserError
from interplm.files.atomic import written_aside

# Residues a thousand in Swiss-Prot, release 2024_04 statistics, rounded.
_BACKGROUND = {
    "A": 83, "R": 55, "N": 41, "D": 55, "C": 14, "Q": 39, "E": 67, "G": 71, "H": 23, "I": 59,
    "L": 97, "K": 58, "M": 24, "F": 39, "P": 47, "S": 66, "T": 54, "W": 11, "Y": 29, "V": 68,
}  # fmt: skip
_LETTERS = "".join(letter * count for letter, count in _BACKGROUND.items())
COLUMNS = (
    "Entry", "Reviewed", "Protein names", "Length", "Sequence", "EC number", "Active site",
    "Binding site", "Cofactor", "Disulfide bond", "Glycosylation", "Lipidation",
    "Modified residue", "Signal peptide", "Transit peptide", "Helix", "Turn", "Beta strand",
    "Coiled coil", "Domain [CC]", "Compositional bias", "Domain [FT]", "Motif", "Region",
    "Zinc finger", "AlphaFoldDB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoProtein:
    """A generated protein and the truth about it; features are in order of their start."""

    accession: str
    name: str
    description: str
    sequence: str
    features: tuple[PlantedFeature, ...]


def generate_proteome(*, n_proteins: int, seed: int) -> list[DemoProtein]:
    """Generate proteins with 2 to 6 planted features in random background.

    Every protein depends on its number and the seed alone. Nothing in the background looks like
    one of the planted patterns, so the annotations are the whole truth.

    Args:
        n_proteins: at least 1.
        seed: another seed gives other proteins.

    Raises:
        UserError: if there would be no protein.
    """
    if n_proteins < 1:
        raise UserError(f"proteins.proteome.n_proteins must be at least 1, got {n_proteins}.")
    return [_protein(number, seed) for number in range(1, n_proteins + 1)]


def write_proteome(*, folder: str | Path, n_proteins: int, seed: int) -> tuple[Path, Path]:
    """Write `demo_proteome.fasta` and `demo_proteome.tsv`; the same arguments give the same bytes.

    Args:
        folder: made if needed; earlier files are replaced.
        n_proteins: see generate_proteome.
        seed: see generate_proteome.

    Returns:
        Paths of the FASTA file and of the table, which has the columns of a UniProtKB export.
    """
    proteins = generate_proteome(n_proteins=n_proteins, seed=seed)
    fasta, table = Path(folder) / "demo_proteome.fasta", Path(folder) / "demo_proteome.tsv"
    with written_aside(fasta, by_several=True) as partial:
        partial.write_text("".join(map(_fasta, proteins)), encoding="utf-8", newline="\n")
    rows = ["\t".join(COLUMNS), *map(_row, proteins)]
    with written_aside(table, by_several=True) as partial:
        partial.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    return fasta, table


def _protein(number: int, seed: int) -> DemoProtein:
    dice = Dice(seed * 1_000_003 + number)
    sequence, features = _assemble(dice)
    while not _is_whole_truth(sequence, features):
        sequence, features = _assemble(dice)
    names = sorted({feature.concept.split(": ")[-1] for feature in features})
    return DemoProtein(
        accession=f"DEMO{number:05d}",
        name=f"P{number:05d}_DEMO",
        description=f"Demo protein {number} with {', '.join(names)}",
        sequence=sequence,
        features=features,
    )


def _assemble(dice: Dice) -> tuple[str, tuple[PlantedFeature, ...]]:
    """Segments in a sensible order, each followed by background."""
    chosen: list[Segment] = []
    if dice.below(100) < 60:
        chosen.append(N_TERMINAL[dice.below(len(N_TERMINAL))](dice))
    else:
        chosen.append(Segment("M", ()))
    chosen += [ANYWHERE[dice.below(len(ANYWHERE))](dice) for _ in range(dice.between(2, 4))]
    at_the_end = [C_TERMINAL[0](dice)] if dice.below(100) < 20 else []
    sequence, features = "", []
    for segment in chosen:
        features += [feature.shifted(len(sequence)) for feature in segment.features]
        sequence += segment.sequence + dice.letters(_LETTERS, dice.between(12, 40))
    for segment in at_the_end:
        features += [feature.shifted(len(sequence)) for feature in segment.features]
        sequence += segment.sequence
    return sequence, tuple(features)


def _is_whole_truth(sequence: str, features: tuple[PlantedFeature, ...]) -> bool:
    """Whether every look-alike of a planted pattern is an annotated one."""
    annotated = {(feature.concept, feature.start) for feature in features}
    return all(
        (concept, match.start(1) + 1) in annotated
        for concept, pattern in LOOK_ALIKES.items()
        for match in re.finditer(pattern, sequence)
    )


def _fasta(protein: DemoProtein) -> str:
    header = f">sp|{protein.accession}|{protein.name} {protein.description} OS=Demo organism OX=0"
    lines = [protein.sequence[i : i + 60] for i in range(0, len(protein.sequence), 60)]
    return "\n".join([header, *lines]) + "\n"


def _row(protein: DemoProtein) -> str:
    fields = dict.fromkeys(COLUMNS, "") | {
        "Entry": protein.accession,
        "Reviewed": "reviewed",
        "Protein names": protein.description,
        "Length": str(len(protein.sequence)),
        "Sequence": protein.sequence,
    }
    for column in {feature.column for feature in protein.features}:
        here = [feature for feature in protein.features if feature.column == column]
        fields[column] = "; ".join(map(_feature_text, here))
    return "\t".join(fields[column] for column in COLUMNS)


def _feature_text(feature: PlantedFeature) -> str:
    is_point = feature.start == feature.end
    place = f"{feature.start}" if is_point else f"{feature.start}..{feature.end}"
    # ECO:0000255: by sequence model, which is what these are.
    qualifiers = (*feature.qualifiers, ("evidence", "ECO:0000255"))
    return "; ".join(
        [f"{feature.key} {place}", *(f'/{name}="{value}"' for name, value in qualifiers)]
    )
