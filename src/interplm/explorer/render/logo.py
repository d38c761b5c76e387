"""Sequence logos and amino-acid enrichment."""

from collections.abc import Sequence

from interplm.explorer.render.glyphs import glyph
from interplm.explorer.render.markup import message
from interplm.explorer.render.motif import MotifPosition

# Classes of the side chain; the colours are those of families.
_CLASSES = {
    "hydrophobic": ("AVLIMFWPC", "var(--ip-text)"),
    "polar": ("STNQGYH", "#008461"),
    "acidic": ("DE", "#d55e00"),
    "basic": ("KR", "#0072b2"),
}
_COLOURS = {letter: colour for letters, colour in _CLASSES.values() for letter in letters}
# The same for figures on white.
LETTER_COLOURS = {
    letter: "#1b2430" if colour.startswith("var") else colour for letter, colour in _COLOURS.items()
}
_COLUMN, _HEIGHT, _LEFT, _BOTTOM, _TOP = 20, 84, 36, 20, 6
# Shorter letters cannot be seen.
_LEAST_PIXELS = 0.8


def sequence_logo(columns: Sequence[MotifPosition], n_windows: int) -> str:
    """A relative-entropy logo around the peak, position 0, as SVG."""
    if n_windows < 2:
        return message("A logo needs two families of proteins or more on which it fires.")
    reach = len(columns) // 2
    tallest = max(1.0, *(column.information for column in columns))
    parts = []
    for index, column in enumerate(columns):
        x = _LEFT + index * _COLUMN
        parts += _letters(column, x, _TOP, _HEIGHT, tallest)
        if (index - reach) % 5 == 0:
            parts.append(
                f'<text x="{x + _COLUMN / 2}" y="{_TOP + _HEIGHT + 15}" text-anchor="middle">'
                f"{index - reach:+d}</text>".replace("+0", "peak")
            )
    width = _LEFT + len(columns) * _COLUMN + 8
    total = _TOP + _HEIGHT + _BOTTOM
    return (
        f'<svg class="ip-plot" viewBox="0 0 {width} {total}" role="img" aria-label="sequence logo '
        f'around the peak">{_axis(tallest, width)}{"".join(parts)}</svg>'
    )


def small_logo(columns: Sequence[MotifPosition], *, reach: int = 6) -> str:
    """The middle of a logo without axes, for a line of a table."""
    middle = len(columns) // 2
    shown = columns[max(0, middle - reach) : middle + reach + 1]
    if not shown:
        return ""
    tallest = max(1.0, *(column.information for column in shown))
    letters = "".join(
        part
        for index, column in enumerate(shown)
        for part in _letters(column, index * _COLUMN, 0, 2 * _COLUMN, tallest)
    )
    best = "".join(
        max(column.heights, key=lambda a: column.heights[a]) if column.information > 1 else "x"
        for column in shown
    )
    return (
        f'<svg class="ip-small-logo" viewBox="0 0 {len(shown) * _COLUMN} {2 * _COLUMN}" role="img" '
        f'aria-label="logo: {best}">{letters}</svg>'
    )


def _letters(
    column: MotifPosition, x: float, top: float, height: float, tallest: float
) -> list[str]:
    """The stack of one position, the commonest on top."""
    parts, y = [], top + height
    for letter, bits in sorted(column.heights.items(), key=lambda item: item[1]):
        tall = bits / tallest * height
        if tall < _LEAST_PIXELS:
            continue
        y -= tall
        parts.append(
            f'<path d="{glyph(letter)}" fill="{_COLOURS[letter]}" transform="'
            f'translate({x + 1} {y:.2f}) scale({_COLUMN - 2} {tall:.2f})"/>'
        )
    return parts


def _axis(tallest: float, width: int) -> str:
    lines = [
        f'<text transform="translate(8 {_TOP + _HEIGHT / 2:.0f}) rotate(-90)" '
        'text-anchor="middle">bits</text>'
    ]
    for place in (0.0, 0.5, 1.0):
        y = _TOP + _HEIGHT * (1 - place)
        lines.append(
            f'<line x1="{_LEFT}" x2="{width - 8}" y1="{y}" y2="{y}" class="ip-grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{tallest * place:.1f}</text>'
        )
    return "".join(lines)
