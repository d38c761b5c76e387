"""Precision and recall at every threshold."""

import math
from collections.abc import Sequence

from interplm.explorer.render.markup import escape, fraction, message
from interplm.features.database.records import Pair, Score
from interplm.features.encoding.names import display_name

_SIZE, _LEFT, _BOTTOM, _TOP = 280, 36, 36, 12
# Labels closer than this would cover one another.
_APART = 28.0


def precision_recall(scores: Sequence[Score], others: Sequence[Pair] = ()) -> str:
    """Precision against recall as SVG, one labelled point for each threshold.

    Args:
        scores: of a pair, by threshold.
        others: pairs of other representations, each a hollow point at its own threshold.
    """
    if not scores:
        return message("No scores are kept for this pair; its F1 is below the floor of the report.")
    place = [(_x(score.recall), _y(score.precision)) for score in scores]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in place)
    points, labelled = "", (-_APART, -_APART)
    for score, (x, y) in zip(scores, place, strict=True):
        points += (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="ip-point"><title>threshold '
            f"{score.threshold:.2f}: precision {fraction(score.precision)}, recall "
            f"{fraction(score.recall)}, F1 {fraction(score.f1)}</title></circle>"
        )
        if math.dist((x, y), labelled) >= _APART:
            labelled = (x, y)
            points += f'<text x="{x + 7:.1f}" y="{y - 5:.1f}">{score.threshold:.2f}</text>'
    return (
        f'<svg class="ip-plot ip-third-plot" viewBox="0 0 {_SIZE} {_SIZE}" role="img" '
        f'aria-label="precision and recall by threshold">{_axes()}'
        f'<polyline points="{line}" class="ip-curve"/>{"".join(map(_other, others))}{points}</svg>'
    )


def _other(pair: Pair) -> str:
    return (
        f'<circle cx="{_x(pair.recall):.1f}" cy="{_y(pair.precision):.1f}" r="4" class="ip-other">'
        f"<title>{escape(display_name(pair.representation))}: precision "
        f"{fraction(pair.precision)}, recall {fraction(pair.recall)}, F1 {fraction(pair.f1)}"
        "</title></circle>"
    )


def _x(value: float) -> float:
    return _LEFT + (_SIZE - _LEFT - 36) * value


def _y(value: float) -> float:
    return _TOP + (_SIZE - _BOTTOM - _TOP) * (1 - value)


def _axes() -> str:
    grid = "".join(
        f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(v):.1f}" y2="{_y(v):.1f}" class="ip-grid"/>'
        f'<text x="{_LEFT - 6}" y="{_y(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
        f'<text x="{_x(v):.1f}" y="{_SIZE - 20}" text-anchor="middle">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    return (
        f'{grid}<text x="{_x(0.5)}" y="{_SIZE - 4}" text-anchor="middle">recall</text>'
        f'<text transform="translate(10 {_y(0.5):.0f}) rotate(-90)" text-anchor="middle">'
        "precision</text>"
    )
