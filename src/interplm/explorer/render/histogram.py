"""How strongly a feature fires where it fires."""

import math
from collections.abc import Sequence

from interplm.explorer.render.markup import message, number
from interplm.explorer.theme import activation_level

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 400, 84, 40, 18, 8


def activation_histogram(counts: Sequence[int], maximum: float) -> str:
    """Residues by activation as SVG, counts on a logarithmic scale.

    Args:
        counts: residues in equal bins of activation / maximum in (0, 1].
        maximum: of the feature, in the SAE's units.
    """
    if not any(counts):
        return message("This feature never fired on the scored proteins, so there is no histogram.")
    top = math.ceil(math.log10(max(counts) + 1))
    height = _HEIGHT - _BOTTOM - _TOP
    width = (_WIDTH - _LEFT - 8) / len(counts)
    bars = []
    for index, count in enumerate(counts):
        tall = height * math.log10(count + 1) / top
        level = activation_level((index + 1) / len(counts))
        bars.append(
            f'<rect x="{_LEFT + index * width:.1f}" y="{_TOP + height - tall:.1f}" '
            f'width="{max(width - 1, 0.5):.1f}" height="{tall:.1f}" fill="var(--ip-a{level})">'
            f"<title>{number(count)} residues at {(index + 0.5) / len(counts):.2f} of the maximum"
            "</title></rect>"
        )
    return (
        f'<svg class="ip-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="histogram of activations">{_axes(top, height, maximum)}{"".join(bars)}</svg>'
    )


def _axes(top: int, height: float, maximum: float) -> str:
    lines = []
    for power in range(top + 1):
        y = _TOP + height - height * power / top
        lines.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" class="ip-grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(10**power)}</text>'
        )
    for place, text in ((0.0, "0"), (0.5, number(maximum / 2)), (1.0, number(maximum))):
        x = _LEFT + (_WIDTH - _LEFT - 8) * place
        anchor = "end" if place == 1 else "middle"
        lines.append(f'<text x="{x:.1f}" y="{_HEIGHT - 4}" text-anchor="{anchor}">{text}</text>')
    return "".join(lines)
