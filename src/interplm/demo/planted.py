"""The features planted into the demo proteome: consensus patterns that biologists would know."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PlantedFeature:
    """One annotation, in UniProtKB's terms.

    Attributes:
        concept: name of the concept that UniProtSource makes of it.
        column: of the UniProtKB table, such as "Zinc finger".
        key: of the feature, such as "ZN_FING".
        start: first residue, 1-based.
        end: last residue, 1-based, inclusive; for a disulfide bond the second cysteine.
        qualifiers: name and value, in order.
    """

    concept: str
    column: str
    key: str
    start: int
    end: int
    qualifiers: tuple[tuple[str, str], ...]

    def shifted(self, offset: int) -> "PlantedFeature":
        """The same, `offset` residues further on."""
        return replace(self, start=self.start + offset, end=self.end + offset)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of sequence with its features, numbered from its own first residue."""

    sequence: str
    features: tuple[PlantedFeature, ...]


class Dice:
    """Random choices that are the same on every platform and Python: only `random()` is used."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        """0..n - 1."""
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """Low..high, inclusive."""
        return low + self.below(high - low + 1)

    def letter(self, letters: str) -> str:
        """One of the letters; a letter that occurs twice is twice as likely."""
        return letters[self.below(len(letters))]

    def letters(self, letters: str, n: int) -> str:
        """`n` letters, each drawn anew."""
        return "".join(self.letter(letters) for _ in range(n))

    def pattern(self, pattern: Sequence[str]) -> str:
        """One letter of each entry."""
        return "".join(self.letter(letters) for letters in pattern)


# Fills the free positions of a pattern: no N, C or G, so that no other pattern arises by chance.
_ANY = "AADEEFHIKLLMPQRSTVVY"
Planter = Callable[[Dice], Segment]


def _feature(
    concept: str, column: str, key: str, start: int, end: int, note: str = ""
) -> PlantedFeature:
    qualifiers = (("note", note),) if note else ()
    return PlantedFeature(concept, column, key, start, end, qualifiers)


def _whole(concept: str, column: str, key: str, sequence: str, note: str = "") -> Segment:
    return Segment(sequence, (_feature(concept, column, key, 1, len(sequence), note),))


def signal_peptide(dice: Dice) -> Segment:
    """Basic n-region, hydrophobic h-region, A-X-A before the cut; at the N-terminus only."""
    core = dice.letters("LLLLAAVVIF", dice.between(10, 14))
    cut = dice.pattern(["ST", "A", "LQFT", "A"])
    sequence = "M" + dice.letters("KKR", dice.between(1, 3)) + core + cut
    return _whole("Signal peptide", "Signal peptide", "SIGNAL", sequence)


def transit_peptide(dice: Dice) -> Segment:
    """Rich in R, S, A and L, without acids; at the N-terminus only."""
    sequence = "M" + dice.letters("LLSSRRRAAALTQV", dice.between(20, 30)) + "RRYYS"
    return _whole(
        "Transit peptide: Mitochondrion", "Transit peptide", "TRANSIT", sequence, "Mitochondrion"
    )


def myristoylation(dice: Dice) -> Segment:
    """M-G-N-[ST]-K-S-K-X-[KR]2: the glycine after the start carries the myristate, as in Src."""
    sequence = "MGN" + dice.pattern(["ST", "K", "S", "K", "PE", "KR", "KR", "DE", "AG", "S"])
    lipid = _feature(
        "Lipidation: N-myristoyl glycine", "Lipidation", "LIPID", 2, 2, "N-myristoyl glycine"
    )
    return Segment(sequence, (lipid,))


def zinc_fingers(dice: Dice) -> Segment:
    """Tandem [YF]-X-C-X2-C-X3-F-X5-L-X2-H-X3-H, joined by TGEKP."""
    sequence, features = "", []
    for index in range(dice.between(2, 5)):
        free = dice.letters("KRSTEDQGP", 12)
        finger = (
            f"{dice.letter('YFF')}KC{free[:2]}CGK{free[2]}F{free[3:8]}L{free[8:10]}HQR{free[10]}H"
        )
        start = len(sequence) + 1
        note = f"C2H2-type {index + 1}"
        features.append(
            _feature(
                "Zinc finger: C2H2-type",
                "Zinc finger",
                "ZN_FING",
                start,
                start + len(finger) - 1,
                note,
            )
        )
        sequence += finger + "TGEKP"
    return Segment(sequence, tuple(features))


def coiled_coil(dice: Dice) -> Segment:
    """Heptads with leucine at a and d and charges between."""
    heptad = ["LLIV", "EKRQ", "EKQA", "LLLM", "EKRQ", "EKRE", "EKQR"]
    sequence = "".join(dice.pattern(heptad) for _ in range(dice.between(4, 8)))
    return _whole("Coiled coil", "Coiled coil", "COILED", sequence)


def membrane_helix(dice: Dice) -> Segment:
    """21 hydrophobic residues between basic ones; tables carry no TRANSMEM, so a region."""
    core = dice.letters("LLLIIVVFFAGW", 21)
    helix = _feature("Region: Hydrophobic", "Region", "REGION", 4, 24, "Hydrophobic")
    return Segment(dice.letters("KR", 3) + core + dice.letters("KR", 3), (helix,))


def p_loop(dice: Dice) -> Segment:
    """Walker A of ABC transporters: strand, G-X2-G-X-G-K-[ST], helix (Walker et al. 1982)."""
    loop = dice.pattern(["G", "PE", "S", "G", "SA", "G", "K", "ST"])
    helix = dice.pattern(["T", "L", "L", "RK", "LA", "IL", "A", "GR", "L"])
    sequence = dice.letters("VIL", 4) + loop + helix
    ligand = (("ligand", "ATP"), ("ligand_id", "ChEBI:CHEBI:30616"))
    return Segment(
        sequence,
        (PlantedFeature("Binding site: ATP", "Binding site", "BINDING", 5, 4 + len(loop), ligand),),
    )


def calcium_loop(dice: Dice) -> Segment:
    """EF hand: D-X-D-X-D-G-X-[ILV]-X2-X-E between two helices."""
    loop = dice.pattern(
        ["D", "KTAQ", "D", "KGR", "D", "G", "TYK", "ILI", "STD", "FATV", "EKDP", "E"]
    )
    helix = dice.letters("AEKLF", 8)
    sequence = "EAFKLF" + loop + "F" + helix
    ligand = (("ligand", "Ca(2+)"), ("ligand_id", "ChEBI:CHEBI:29108"))
    feature = PlantedFeature("Binding site: Ca(2+)", "Binding site", "BINDING", 7, 18, ligand)
    return Segment(sequence, (feature,))


def disulfide_pair(dice: Dice) -> Segment:
    """C-[YF]-[IF]-Q-N-C-P-X-G: the ring of oxytocin and vasopressin, closed by two cysteines."""
    sequence = "LTS" + dice.pattern(["C", "YF", "IF", "Q", "N", "C", "P", "LRK", "G", "GK", "KR"])
    bond = _feature("Disulfide bond", "Disulfide bond", "DISULFID", 4, 9)
    return Segment(sequence, (bond,))


def glycosylation(dice: Dice) -> Segment:
    """N-X-[ST] after an aromatic residue, in a hydrophobic neighbourhood."""
    sequence = dice.pattern(["VI", "YF", "N", "GA", "T", "T", "FY", "VI", "W", "ED"])
    note = "N-linked (GlcNAc...) asparagine"
    return Segment(
        sequence, (_feature("Glycosylation: N-linked", "Glycosylation", "CARBOHYD", 3, 3, note),)
    )


def phosphoserine(dice: Dice) -> Segment:
    """L-R-R-A-S-[LV]-G: the site of protein kinase A in kemptide."""
    sequence = dice.pattern(["GE", "L", "R", "R", "A", "S", "LV", "G", "DE", "IL"])
    return Segment(
        sequence,
        (
            _feature(
                "Modified residue: Phosphoserine",
                "Modified residue",
                "MOD_RES",
                6,
                6,
                "Phosphoserine",
            ),
        ),
    )


def acidic_stretch(dice: Dice) -> Segment:
    """A run of aspartate and glutamate."""
    sequence = dice.letters("DDEEEE", dice.between(12, 25))
    return _whole(
        "Compositional bias: Acidic residues",
        "Compositional bias",
        "COMPBIAS",
        sequence,
        "Acidic residues",
    )


def proline_stretch(dice: Dice) -> Segment:
    """A run rich in proline."""
    sequence = dice.letters("PPPPPPAQ", dice.between(12, 25))
    return _whole(
        "Compositional bias: Pro residues",
        "Compositional bias",
        "COMPBIAS",
        sequence,
        "Pro residues",
    )


def nuclear_localization(dice: Dice) -> Segment:
    """K-R-P-A-A-T-X3-G-X2-[KR]4: the bipartite signal of nucleoplasmin."""
    sequence = "KRPAAT" + dice.pattern(["KR", "KR", "A", "G", "QS", "A"]) + dice.letters("KKR", 4)
    return _whole(
        "Motif: Nuclear localization signal",
        "Motif",
        "MOTIF",
        sequence,
        "Nuclear localization signal",
    )


def retention_signal(dice: Dice) -> Segment:
    """K-D-E-L at the C-terminus."""
    sequence = dice.letters("DEE", 3) + "KDEL"
    motif = _feature(
        "Motif: Prevents secretion from ER", "Motif", "MOTIF", 4, 7, "Prevents secretion from ER"
    )
    return Segment(sequence, (motif,))


def serine_active_site(dice: Dice) -> Segment:
    """G-D-S-G-G-P of the trypsin family; the serine is catalytic."""
    sequence = (
        dice.letter("ACMQ").replace("C", "A") + "CQGDSGGP" + dice.pattern(["LVF", "VAM", "C"])
    )
    site = _feature(
        "Active site: Charge relay system", "Active site", "ACT_SITE", 6, 6, "Charge relay system"
    )
    return Segment(sequence, (site,))


def ww_domain(dice: Dice) -> Segment:
    """L-P-X-G-W-E-X…-G-R-X-Y-Y-X-[ND]-H-X-T-X2-T-X-W-X2-P."""
    free = dice.letters(_ANY, 10)
    sequence = (
        f"LP{free[0]}GWE{free[1]}R{free[2]}D{free[3]}DGRVYYVDH{free[4]}TKTTTW{free[5]}RP{free[6]}"
    )
    return _whole("Domain: WW", "Domain [FT]", "DOMAIN", sequence, "WW")


def sh3_domain(dice: Dice) -> Segment:
    """A-L-Y-D-Y … D-E-L-S-F-X2-G-D … W-W-X-A … G-L-[IV]-P-S-N-Y-V."""
    a, b, c = (dice.letters(_ANY, n) for n in (4, 6, 5))
    sequence = f"ALYDYEA{a[:2]}EDELSFKKGD{a[2:]}IVLE{b}DGWWRA{c}REGLIP{dice.letter('SA')}NYVE"
    return _whole("Domain: SH3", "Domain [FT]", "DOMAIN", sequence, "SH3")


def alpha_helix(dice: Dice) -> Segment:
    """Alanine-rich helix with salt bridges."""
    sequence = "".join(dice.pattern(["A", "E", "A", "A", "KR"]) for _ in range(dice.between(3, 5)))
    return _whole("Helix", "Helix", "HELIX", sequence)


def beta_strand(dice: Dice) -> Segment:
    """Alternation of V, I and Y with T and K."""
    sequence = "".join(dice.pattern(["VVIY", "TTK"]) for _ in range(dice.between(5, 7)))
    return _whole("Beta strand", "Beta strand", "STRAND", sequence)


def collagen(dice: Dice) -> Segment:
    """G-X-Y repeats rich in proline."""
    sequence = "".join(dice.pattern(["G", "PPPAEL", "PPPKRQ"]) for _ in range(dice.between(6, 14)))
    return _whole(
        "Region: Triple-helical region", "Region", "REGION", sequence, "Triple-helical region"
    )


N_TERMINAL: tuple[Planter, ...] = (signal_peptide, transit_peptide, myristoylation)
C_TERMINAL: tuple[Planter, ...] = (retention_signal,)
ANYWHERE: tuple[Planter, ...] = (
    zinc_fingers,
    coiled_coil,
    membrane_helix,
    p_loop,
    calcium_loop,
    disulfide_pair,
    glycosylation,
    phosphoserine,
    acidic_stretch,
    proline_stretch,
    nuclear_localization,
    serine_active_site,
    ww_domain,
    sh3_domain,
    alpha_helix,
    beta_strand,
    collagen,
)

# What would look like a planted feature where none was planted: concept to regular expression.
# The group is what the annotation covers.
LOOK_ALIKES = {
    "Glycosylation: N-linked": r"(N)(?=[^P][ST])",
    "Binding site: ATP": r"(G.{4}GK[ST])",
    "Binding site: Ca(2+)": r"(D.D.DG.[ILV]..[A-Z]E)",
    "Modified residue: Phosphoserine": r"(?<=RR.)(S)",
    "Active site: Charge relay system": r"(?<=GD)(S)(?=GG)",
    "Motif: Nuclear localization signal": r"(KR.{10}[KR]{4})",
    "Motif: Prevents secretion from ER": r"(KDEL)$",
}


def planted_concepts() -> list[str]:
    """The names of all concepts, sorted."""
    dice = Dice(0)
    planters = (*N_TERMINAL, *C_TERMINAL, *ANYWHERE)
    return sorted({feature.concept for plant in planters for feature in plant(dice).features})
