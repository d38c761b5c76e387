"""The proteins of a feature, one line each, as a figure."""

from collections.abc import Callable
from typing import Any

from interplm.errors import UserError
from interplm.explorer.context import Explorer
from interplm.explorer.figures.canvas import WIDTH
from interplm.explorer.tables import Given
from interplm.explorer.theme import NO_FAMILY, activation_level, scale, text_on
from interplm.features.database.records import BUCKETS

_MOST_ROWS = 24
_REACH = 30


def draw_strips(
    explorer: Explorer, given: Given
) -> tuple[Callable[[Any], None], tuple[float, float]]:
    """Residues coloured by activation with annotations beneath; Any: a figure of Matplotlib's."""
    feature, bucket = given.feature(explorer), given.text("bucket")
    if bucket not in BUCKETS:
        raise UserError(f"bucket must be one of {', '.join(BUCKETS)}, got {bucket!r}.")
    from_start = given.text("align") == "start"
    examples = explorer.reader.examples(feature, bucket)[:_MOST_ROWS]
    proteins = explorer.reader.proteins([example.accession for example in examples])
    spans = explorer.reader.annotations(list(proteins))
    rows = [(e, proteins[e.accession]) for e in examples if e.accession in proteins]
    colours = scale("light")

    def draw(figure: Any) -> None:
        from matplotlib.collections import PolyCollection

        axes = figure.subplots()
        boxes, fills = [], []
        families: dict[str, str] = {}
        for line, (example, protein) in enumerate(rows):
            first = 0 if from_start else example.peak - _REACH
            values = dict(zip(example.positions, example.activations, strict=True))
            for residue in range(max(0, first), min(protein.length, first + 2 * _REACH + 1)):
                x, level = residue - first, activation_level(values.get(residue, 0.0))
                shade = colours[level - 1] if level else "#ffffff"
                if level:
                    boxes.append(_box(x, line))
                    fills.append(shade)
                letter = axes.text(x, line, protein.sequence[residue], ha="center", va="center",
                                   fontsize=5, family="DejaVu Sans Mono",
                                   color=text_on(shade) if level else "#566273")  # fmt: skip
                # Within the axes anyway, and measuring thousands of them takes seconds.
                letter.set_in_layout(False)
            for span in spans.get(protein.accession, []):
                left, right = max(span.start - first, 0), min(span.stop - first, 2 * _REACH + 1)
                if left < right:
                    colour = explorer.colours.get(span.family or "", NO_FAMILY)
                    axes.plot([left - 0.5, right - 0.5], [line + 0.48] * 2, color=colour, lw=1.5)
                    families.setdefault(span.family or "other", colour)
            axes.text(-2, line, f"{protein.accession}  {example.maximum:.2f}", ha="right",
                      va="center", fontsize=6)  # fmt: skip
        axes.add_collection(PolyCollection(boxes, facecolors=fills, linewidths=0), autolim=False)
        axes.set(xlim=(-1, 2 * _REACH + 1), ylim=(len(rows) - 0.3, -0.7))
        axes.set_axis_off()
        axes.set_title(f"f/{feature} {explorer.label(feature)}", fontsize=8, loc="left")
        for family, colour in sorted(families.items()):
            axes.plot([], [], color=colour, lw=1.5, label=family)
        if families:
            axes.legend(frameon=False, fontsize=6, ncols=4, loc="upper left",
                        bbox_to_anchor=(0, 0))  # fmt: skip

    return draw, (WIDTH, 0.8 + 0.19 * max(1, len(rows)))


def _box(x: float, y: float) -> list[tuple[float, float]]:
    left, right, top, bottom = x - 0.5, x + 0.5, y - 0.4, y + 0.4
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
