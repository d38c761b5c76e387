"""Bars that go both ways from zero."""

from collections.abc import Sequence

from interplm.explorer.render.markup import escape, number

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 400, 120, 72, 6, 20


def diverging_bars(values: Sequence[tuple[str, float]], *, unit: str) -> str:
    """One bar for each named value on a scale that goes as far down as up, as SVG.

    Args:
        values: names and numbers, in the order to show them.
        unit: of the numbers.
    """
    most = max((abs(value) for _, value in values), default=0.0) or 1.0
    half = (_HEIGHT - _TOP - _BOTTOM) / 2
    middle, step = _TOP + half, (_WIDTH - _LEFT) / max(1, len(values))
    end = escape(f"{number(most)} {unit}")
    marks = ((f"+{end}", _TOP), ("0", middle), (f"−{end}", middle + half))
    parts = [_gridline(text, y) for text, y in marks]
    for index, (name, value) in enumerate(values):
        tall = abs(value) / most * half
        y = middle - tall if value > 0 else middle
        kind = "more14" if value > 0 else "less14"
        parts.append(
            f'<rect x="{_LEFT + index * step + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" '
            f'height="{max(tall, 0.5):.1f}" fill="var(--ip-{kind})"><title>{escape(name)}: '
            f"{value:+.3f} {escape(unit)}</title></rect>"
            f'<text x="{_LEFT + (index + 0.5) * step:.1f}" y="{_HEIGHT - 4}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    return (
        f'<svg class="ip-plot ip-low-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="from {values[0][0]} {values[0][1]:+.2f} to {values[-1][0]} '
        f'{values[-1][1]:+.2f} {escape(unit)}">{"".join(parts)}</svg>'
    )


def _gridline(text: str, y: float) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}" class="ip-grid"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>'
    )
