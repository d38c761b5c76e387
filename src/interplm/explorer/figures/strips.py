"""The proteins of a feature, one line each, as a figure."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from interplm.explorer.context import Explorer
from interplm.explorer.figures.canvas import WIDTH
from interplm.explorer.pages.feature.rows import ALIGNMENTS
from interplm.explorer.render.tracks import lanes
from interplm.explorer.tables import Given
from interplm.explorer.theme import NO_FAMILY, activation_level, scale, text_on
from interplm.features.database.records import BUCKETS, Annotation, Example, Protein

_MOST_ROWS = 24
_REACH = 30
_N_SHOWN = 2 * _REACH + 1
# In heights of a line of residues: from its middle to the first lane, and from lane to lane.
_BENEATH, _LANE = 0.48, 0.2
_LINE_INCHES = 0.19


def draw_strips(
    explorer: Explorer, given: Given
) -> tuple[Callable[[Any], None], tuple[float, float]]:
    """Residues coloured by activation with annotations beneath; Any: a figure of Matplotlib's."""
    feature, bucket = given.feature(explorer), given.choice("bucket", BUCKETS)
    from_start = given.choice("align", ALIGNMENTS) == "start"
    examples = explorer.reader.examples(feature, bucket)[:_MOST_ROWS]
    proteins = explorer.reader.proteins([example.accession for example in examples])
    spans = explorer.reader.annotations(list(proteins))
    rows = [
        (e, proteins[e.accession], 0 if from_start else e.peak - _REACH)
        for e in examples if e.accession in proteins
    ]  # fmt: skip
    tracks = [_lanes(spans.get(p.accession, []), first) for _, p, first in rows]
    # The last is where the line after the last would be.
    lines = list(accumulate((1 + _LANE * max(0, len(t) - 1) for t in tracks), initial=0.0))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for line, (example, protein, first) in zip(lines, rows, strict=False):
            _draw_residues(axes, line, example, protein, first)
        families: dict[str, str] = {}
        for line, track in zip(lines, tracks, strict=False):
            families |= _draw_lanes(axes, line, track, explorer.colours)
        axes.set(xlim=(-1, _N_SHOWN), ylim=(lines[-1] - 0.3, -0.7))
        axes.set_axis_off()
        axes.set_title(f"f/{feature} {explorer.label(feature)}", fontsize=8, loc="left")
        for family, colour in sorted(families.items()):
            axes.plot([], [], color=colour, lw=1.5, label=family)
        if families:
            axes.legend(frameon=False, fontsize=6, ncols=4, loc="upper left",
                        bbox_to_anchor=(0, 0))  # fmt: skip

    return draw, (WIDTH, 0.8 + _LINE_INCHES * max(1.0, lines[-1]))


def _lanes(spans: Sequence[Annotation], first: int) -> list[list[tuple[int, int, str]]]:
    """Left, right and family of the annotations in view, none over another in its lane."""
    seen = [span for span in spans if span.start < first + _N_SHOWN and span.stop > first]
    return [
        [(max(s.start - first, 0), min(s.stop - first, _N_SHOWN), s.family or "") for s in lane]
        for lane in lanes(seen)
    ]


def _draw_residues(axes: Any, line: float, example: Example, protein: Protein, first: int) -> None:
    from matplotlib.collections import PolyCollection

    colours = scale("light")
    boxes, fills = [], []
    values = dict(zip(example.positions, example.activations, strict=True))
    for residue in range(max(0, first), min(protein.length, first + _N_SHOWN)):
        x, level = residue - first, activation_level(values.get(residue, 0.0))
        if level:
            boxes.append(_box(x, line))
            fills.append(colours[level - 1])
        letter = axes.text(x, line, protein.sequence[residue], ha="center", va="center", fontsize=5,
                           family="DejaVu Sans Mono",
                           color=text_on(fills[-1]) if level else "#566273")  # fmt: skip
        # Within the axes anyway, and measuring thousands of them takes seconds.
        letter.set_in_layout(False)
    axes.add_collection(PolyCollection(boxes, facecolors=fills, linewidths=0), autolim=False)
    axes.text(-2, line, f"{protein.accession}  {example.maximum:.2f}", ha="right", va="center",
              fontsize=6)  # fmt: skip


def _draw_lanes(
    axes: Any, line: float, track: Sequence[Sequence[tuple[int, int, str]]],
    colours: dict[str, str],
) -> dict[str, str]:  # fmt: skip
    """Draws the annotations of one protein; returns the colours of their families."""
    families = {}
    for number, lane in enumerate(track):
        y = line + _BENEATH + _LANE * number
        for left, right, family in lane:
            colour = colours.get(family, NO_FAMILY)
            axes.plot([left - 0.5, right - 0.5], [y, y], color=colour, lw=1.5,
                      solid_capstyle="butt")  # fmt: skip
            families[family or "other"] = colour
    return families


def _box(x: float, y: float) -> list[tuple[float, float]]:
    left, right, top, bottom = x - 0.5, x + 0.5, y - 0.4, y + 0.4
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
