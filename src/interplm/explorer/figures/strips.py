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
        axes = figure.subplots()
        for line, (example, protein) in enumerate(rows):
            first = 0 if from_start else example.peak - _REACH
            values = dict(zip(example.positions, example.activations, strict=True))
            for residue in range(max(0, first), min(protein.length, first + 2 * _REACH + 1)):
                x, level = residue - first, activation_level(values.get(residue, 0.0))
                shade = colours[level - 1] if level else "#ffffff"
                if level:
                    axes.add_patch(_box(x, line, shade))
                axes.text(x, line, protein.sequence[residue], ha="center", va="center",
                          fontsize=5, family="monospace",
                          color=text_on(shade) if level else "#566273")  # fmt: skip
            for span in spans.get(protein.accession, []):
                left, right = max(span.start - first, 0), min(span.stop - first, 2 * _REACH + 1)
                if left < right:
                    colour = explorer.colours.get(span.family or "", NO_FAMILY)
                    axes.plot([left - 0.5, right - 0.5], [line + 0.48] * 2, color=colour, lw=1.5)
            axes.text(-2, line, f"{protein.accession}  {example.maximum:.2f}", ha="right",
                      va="center", fontsize=6)  # fmt: skip
        axes.set(xlim=(-1, 2 * _REACH + 1), ylim=(len(rows) - 0.3, -0.7))
        axes.set_axis_off()
        axes.set_title(f"f/{feature} {explorer.label(feature)}", fontsize=8, loc="left")

    return draw, (WIDTH, 0.5 + 0.19 * max(1, len(rows)))


def _box(x: float, y: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.4), 1, 0.8, fc=colour, lw=0)
