"""Matplotlib as the figures use it: no display, text as text, the explorer's colours."""

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from interplm.explorer.render.glyphs import outline
from interplm.explorer.theme import SANS, diverging, scale

# Inches; the width of two columns of most journals is 7.2.
WIDTH = 7.2
FORMATS = ("svg", "pdf", "png")


def render(draw: Callable[[Any], None], *, size: tuple[float, float], kind: str) -> bytes:
    """A figure in one of FORMATS.

    Args:
        draw: draws on the figure; Any: Matplotlib's classes are imported when one is wanted.
        size: in inches.
        kind: of the file.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: Any = {
        "font.family": _installed_fonts(),
        "font.size": 8, "svg.fonttype": "none", "pdf.fonttype": 42, "axes.spines.top": False,
        "axes.spines.right": False, "axes.linewidth": 0.6, "svg.hashsalt": "interplm",
    }  # fmt: skip
    with mpl.rc_context(settings):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        buffer = io.BytesIO()
        # Without dates the same data give the same bytes.
        dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
        figure.savefig(buffer, format=kind, dpi=300, metadata=dates)
    return buffer.getvalue()


@cache
def _installed_fonts() -> list[str]:
    """The explorer's fonts that this machine has, and the one that Matplotlib brings along.

    Matplotlib would look for each missing one, and complain, at every text.
    """
    from matplotlib.font_manager import get_font_names

    here = set(get_font_names())
    return [*(name for name in SANS if name in here), "DejaVu Sans"]


def activation_colours() -> Any:
    """White for silence, then the explorer's scale."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(["#ffffff", *scale("light")])


def difference_colours() -> Any:
    """From less over white to more."""
    from matplotlib.colors import ListedColormap

    less, more = diverging("light", "less"), diverging("light", "more")
    return ListedColormap([*less[::-1], "#ffffff", *more])


def draw_letters(
    axes: Any, stacks: Sequence[Sequence[tuple[str, float]]], colours: dict[str, str]
) -> None:
    """Stacks of letters stretched to exact heights, one at each whole number.

    Args:
        axes: to draw on.
        stacks: letters with their heights, from the bottom.
        colours: of the letters.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    paths, fills = [], []
    for x, stack in enumerate(stacks):
        bottom = 0.0
        for letter, height in stack:
            if height <= 0:
                continue
            path, box = outline(letter)
            placed = (
                Affine2D()
                .translate(-box.x0, -box.y0)
                .scale(0.9 / box.width, height / box.height)
                .translate(x - 0.45, bottom)
            )
            paths.append(placed.transform_path(path))
            fills.append(colours[letter])
            bottom += height
    axes.add_collection(PathCollection(paths, facecolors=fills, linewidths=0), autolim=False)
