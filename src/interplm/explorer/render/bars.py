"""Bars that go both ways from zero."""

from collections.abc import Sequence

from interplm.explorer.render.markup import escape

_WIDTH, _HEIGHT, _TOP, _BOTTOM = 400, 120, 12, 20


def diverging_bars(values: Sequence[tuple[str, float]], *, unit: str) -> str:
    """One bar for each named value, as SVG.

    Args:
        values: names and numbers, in the order to show them.
        unit: of the numbers.
    """
    most = max((abs(value) for _, value in values), default=0.0) or 1.0
    half = (_HEIGHT - _TOP - _BOTTOM) / 2
    middle, step = _TOP + half, _WIDTH / max(1, len(values))
    parts = []
    for index, (name, value) in enumerate(values):
        tall = abs(value) / most * half
        y = middle - tall if value > 0 else middle
        kind = "more14" if value > 0 else "less14"
        parts.append(
            f'<rect x="{index * step + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" '
            f'height="{max(tall, 0.5):.1f}" fill="var(--ip-{kind})"><title>{escape(name)}: '
            f"{value:+.3f} {escape(unit)}</title></rect>"
            f'<text x="{(index + 0.5) * step:.1f}" y="{_HEIGHT - 4}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    return (
        f'<svg class="ip-plot ip-low-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="from {values[0][0]} {values[0][1]:+.2f} to {values[-1][0]} '
        f'{values[-1][1]:+.2f} {escape(unit)}"><line x1="0" x2="{_WIDTH}" y1="{middle}" '
        f'y2="{middle}" class="ip-grid"/>{"".join(parts)}'
        f'<text x="0" y="10">{most:+.2f} {escape(unit)}</text></svg>'
    )
