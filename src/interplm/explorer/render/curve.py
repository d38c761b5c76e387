"""Precision and recall at every threshold."""

import math
from collections.abc import Sequence
from itertools import cycle

from interplm.explorer.render.markup import escape, fraction, message
from interplm.features.database.records import Pair, Score
from interplm.features.encoding.names import baseline_of, display_name

_SIZE, _LEFT, _BOTTOM, _TOP = 280, 36, 36, 12
# Labels closer than this would cover one another.
_APART = 28.0
# Of baselines: as Matplotlib names them, and as paths of SVG around the origin.
_MARKERS = {
    "o": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "s": "M-3.5 -3.5h7v7h-7Z",
    "D": "M0 -5l5 5l-5 5l-5 -5Z",
    "^": "M0 -4.5l4.5 8h-9Z",
    "v": "M0 4.5l4.5 -8h-9Z",
    "P": "M-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
}


def precision_recall(scores: Sequence[Score], others: Sequence[Pair] = ()) -> str:
    """Precision against recall as SVG, one labelled point for each threshold.

    Args:
        scores: of a pair, by threshold; where nothing fires there is no precision to show.
        others: pairs of other representations, each a hollow point at its own threshold.
    """
    if not scores:
        return message("No scores are kept for this pair; its F1 is below the floor of the report.")
    scores = [score for score in scores if not score.is_silent]
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
    marks = markers(others)
    hollow = "".join(_other(p, marks[baseline_of(p.representation)]) for p in others)
    return (
        f'<svg class="ip-plot ip-third-plot" viewBox="0 0 {_SIZE} {_SIZE}" role="img" '
        f'aria-label="precision and recall by threshold">{_axes()}'
        f'<polyline points="{line}" class="ip-curve"/>{hollow}{points}</svg>'
    )


def markers(others: Sequence[Pair]) -> dict[str, str]:
    """A marker for each of the baselines, as Matplotlib names them."""
    names = dict.fromkeys(baseline_of(pair.representation) for pair in others)
    return dict(zip(names, cycle(_MARKERS), strict=False))


def baseline_key(others: Sequence[Pair]) -> str:
    """What the markers of the curves mean; "" without baselines."""
    marks = "".join(
        f'<span><svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="{_MARKERS[marker]}" '
        f'class="ip-other"/></svg>{escape(display_name(name))}</span>'
        for name, marker in markers(others).items()
    )
    said = "Baselines at their own thresholds:"
    return (
        f'<div class="ip-key" role="group" aria-label="Baselines">{said} {marks}</div>'
        if marks
        else ""
    )


def _other(pair: Pair, marker: str) -> str:
    return (
        f'<path d="{_MARKERS[marker]}" class="ip-other" '
        f'transform="translate({_x(pair.recall):.1f} {_y(pair.precision):.1f})">'
        f"<title>{escape(display_name(pair.representation))}: precision "
        f"{fraction(pair.precision)}, recall {fraction(pair.recall)}, F1 {fraction(pair.f1)}"
        "</title></path>"
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
