"""Sequence logos and amino-acid enrichment."""

from collections.abc import Sequence

from interplm.explorer.render.glyphs import glyph
from interplm.explorer.render.markup import message, number
from interplm.explorer.render.motif import ALPHABET, MotifPosition

# Classes of the side chain; the colours are those of Okabe & Ito 2008.
_CLASSES = {
    "hydrophobic": ("AVLIMFWPC", "var(--ip-text)"),
    "polar": ("STNQGYH", "#009e73"),
    "acidic": ("DE", "#d55e00"),
    "basic": ("KR", "#0072b2"),
}
_COLOURS = {letter: colour for letters, colour in _CLASSES.values() for letter in letters}
_COLUMN, _HEIGHT, _LEFT, _BOTTOM, _TOP = 20, 120, 36, 34, 8
# Shorter letters cannot be seen.
_LEAST_PIXELS = 0.8


def sequence_logo(columns: Sequence[MotifPosition], n_windows: int) -> str:
    """A relative-entropy logo around the peak, position 0, as SVG."""
    if n_windows < 2:
        return message("A logo needs at least two proteins on which this feature fires.")
    reach = len(columns) // 2
    tallest = max(1.0, *(column.information for column in columns))
    parts = []
    for index, column in enumerate(columns):
        x, y = _LEFT + index * _COLUMN, float(_TOP + _HEIGHT)
        for letter, bits in sorted(column.heights.items(), key=lambda item: item[1]):
            tall = bits / tallest * _HEIGHT
            if tall < _LEAST_PIXELS:
                continue
            y -= tall
            parts.append(
                f'<path d="{glyph(letter)}" fill="{_COLOURS[letter]}" transform="'
                f'translate({x + 1} {y:.2f}) scale({_COLUMN - 2} {tall:.2f})"/>'
            )
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


def enrichment_bars(column: MotifPosition, n_shown: int = 6) -> str:
    """The amino acids most enriched and most depleted at one position, as factors."""
    if column.n == 0:
        return ""
    ordered = sorted(ALPHABET, key=lambda letter: -column.log_odds[letter])
    enriched = [letter for letter in ordered if column.log_odds[letter] > 1][:n_shown]
    if not enriched:
        return message("No amino acid is more than twice as common at the peak as elsewhere.")
    bars = "".join(
        f'<li><b class="ip-mono">{letter}</b>'
        f'<span class="ip-meter" style="--v:{min(1.0, column.log_odds[letter] / 7):.3f}"></span>'
        f"<span>{number(2 ** column.log_odds[letter])}×</span></li>"
        for letter in enriched
    )
    return (
        f'<p class="ip-note">At the peak, against all proteins</p><ul class="ip-bars">{bars}</ul>'
    )


def _axis(tallest: float, width: int) -> str:
    lines = [
        f'<text x="{_LEFT - 30}" y="{_TOP + _HEIGHT + 30}">residues from the peak, bits</text>'
    ]
    for place in (0.0, 0.5, 1.0):
        y = _TOP + _HEIGHT * (1 - place)
        lines.append(
            f'<line x1="{_LEFT}" x2="{width - 8}" y1="{y}" y2="{y}" class="ip-grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{tallest * place:.1f}</text>'
        )
    return "".join(lines)
