"""Outlines of letters, so that a logo can stretch them to exact heights."""

from functools import cache
from typing import Any

import numpy as np


@cache
def outline(letter: str) -> tuple[Any, Any]:
    """A bold capital as a path of Matplotlib, and the box around it.

    The font is DejaVu Sans Bold, which comes with Matplotlib. Its I is a bar, which stretched would
    be a block; that of DejaVu Sans Mono has serifs.
    """
    # Imported at first use: Matplotlib is slow to load, and most pages have no logo.
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    family = "DejaVu Sans Mono" if letter == "I" else "DejaVu Sans"
    path = TextPath((0, 0), letter, size=100, prop=FontProperties(family=family, weight="bold"))
    return path, path.get_extents()


@cache
def glyph(letter: str) -> str:
    """An SVG path of one bold capital that fills the unit square, y downwards."""
    from matplotlib.path import Path

    path, box = outline(letter)
    low, high = np.array(box.min), np.array(box.max)
    pieces = []
    for points, code in path.iter_segments():
        places = (np.asarray(points).reshape(-1, 2) - low) / (high - low)
        places[:, 1] = 1 - places[:, 1]
        command = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
        if code == Path.CLOSEPOLY:
            pieces.append("Z")
        else:
            pieces.append(command[code] + " ".join(f"{x:.3f},{y:.3f}" for x, y in places))
    return "".join(pieces)
