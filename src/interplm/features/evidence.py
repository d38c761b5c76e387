"""What counts as found, and how far a label may be believed: limits and words, in one place."""

from collections.abc import Iterable
from typing import Final, Literal

from interplm.errors import UserError

# The claim of the method counts pairs above this F1 on test proteins (Simon & Zou 2024).
F1_FLOOR = 0.5
# A feature follows a concept if it fires on more than this share of the concept's residues, and
# if more than this share of the residues on which it fires are the concept's.
SHARE_FLOOR = 0.5
# A pair counts as significant below this false discovery rate.
Q_FLOOR = 0.05
# Where the constant detector's F1 is above this, it must stand beside F1.
CONSTANT_SHOWN_ABOVE = 0.1

NOT_ABOVE_BASELINES: Final = "not above baselines"
POSITION: Final = "position alone"
Strength = Literal["follows", "marks", "hints", "position alone", "not above baselines"]
# As they follow "the feature".
STRENGTHS: dict[str, str] = {
    "follows": "fires along most of the concept's residues and seldom elsewhere",
    "marks": "finds the concept's instances by a part of their residues",
    "hints": "goes with the concept only loosely",
    POSITION: "does as well once annotations are moved to the same place of other proteins",
    NOT_ABOVE_BASELINES: "detects the concept no better than the best baseline",
}


def label_strength(
    *,
    precision_residue: float,
    recall_residue: float,
    f1: float,
    f1_corrected: float,
    margin: float | None,
    f1_position: float | None,
    q_value: float | None,
) -> Strength:
    """How far the evidence of a pair carries a label; all figures are of test proteins.

    Args:
        precision_residue: share of the firing residues that carry the concept, and
        recall_residue: share of the concept's residues that fire, both at the threshold that does
            best over residues.
        f1: by the kind of the concept.
        f1_corrected: corrected for a detector that always fires.
        margin: average precision less that of the best baseline; None without one.
        f1_position: see `position_explains`.
        q_value: likewise.
    """
    if margin is not None and margin <= 0:
        return NOT_ABOVE_BASELINES
    if position_explains(f1=f1, f1_position=f1_position, q_value=q_value):
        return POSITION
    if q_value is not None and q_value > Q_FLOOR:
        return "hints"
    if min(precision_residue, recall_residue) > SHARE_FLOOR:
        return "follows"
    return "marks" if f1_corrected > F1_FLOOR else "hints"


def known_strengths(strengths: Iterable[str] | None) -> list[str] | None:
    """Which labels are wanted, by the strength of their evidence; None for all.

    Raises:
        UserError: if there is none, or one that is not known.
    """
    if strengths is None:
        return None
    named = [str(strength) for strength in strengths]
    if not named or not STRENGTHS.keys() >= {*named}:
        raise UserError(
            f"strengths must be some of {', '.join(STRENGTHS)}, or null for all labels, got "
            f"[{', '.join(named)}]."
        )
    return named


def position_explains(*, f1: float, f1_position: float | None, q_value: float | None) -> bool:
    """Whether a pair scores about as high once annotations are moved to other proteins.

    Moved annotations keep their distance from the ends, so what is left of F1 is what position
    within the protein gives.

    Args:
        f1: on test proteins.
        f1_position: mean F1 after moving; None where it was not tested.
        q_value: of the F1 among those after moving; None likewise.
    """
    if f1_position is None or q_value is None:
        return False
    return q_value > Q_FLOOR and f1 > 0 and f1_position >= f1 / 2
