"""What counts as found, and how far a label may be believed: limits and words, in one place."""

from typing import Final, Literal

# The claim of the method counts pairs above this F1 on test proteins (Simon & Zou 2024).
F1_FLOOR = 0.5
# A pair counts as significant below this false discovery rate.
Q_FLOOR = 0.05
# Where the constant detector's F1 is above this, it must stand beside F1.
CONSTANT_SHOWN_ABOVE = 0.1

NOT_ABOVE_BASELINES: Final = "not above baselines"
Strength = Literal["follows", "marks", "hints", "not above baselines"]
# As they follow "the feature".
STRENGTHS: dict[str, str] = {
    "follows": "fires along most of the concept's residues and seldom elsewhere",
    "marks": "finds the concept's instances by a part of their residues",
    "hints": "goes with the concept only loosely",
    NOT_ABOVE_BASELINES: "detects the concept no better than the best baseline",
}


def label_strength(*, f1_residue: float, f1_corrected: float, margin: float | None) -> Strength:
    """How far the evidence of a pair carries a label.

    Args:
        f1_residue: on test proteins, recall over residues.
        f1_corrected: on test proteins, corrected for a detector that always fires.
        margin: average precision less that of the best baseline; None without one.
    """
    if margin is not None and margin <= 0:
        return NOT_ABOVE_BASELINES
    if f1_residue > F1_FLOOR:
        return "follows"
    return "marks" if f1_corrected > F1_FLOOR else "hints"


def position_explains(*, f1: float, f1_position: float, q_value: float) -> bool:
    """Whether a pair scores about as high once annotations are moved to other proteins.

    Moved annotations keep their distance from the ends, so what is left of F1 is what position
    within the protein gives.

    Args:
        f1: on test proteins.
        f1_position: mean F1 after moving.
        q_value: of the F1 among those after moving.
    """
    return q_value > Q_FLOOR and f1 > 0 and f1_position >= f1 / 2
