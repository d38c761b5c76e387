"""Outlines of letters, so that a logo can stretch them to exact heights."""

from functools import cache

import numpy as np


@cache
def glyph(letter: str) -> str:
    """An SVG path of one capital that fills the unit square, y downwards.

    The outline is DejaVu Sans Bold's, which comes with Matplotlib.
    """
    # Imported at first use: Matplotlib is slow to load, and most pages have no logo.
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    outline = TextPath((0, 0), letter, size=100, prop=FontProperties(weight="bold"))
    extents = outline.get_extents()
    low, high = np.array(extents.min), np.array(extents.max)
    pieces = []
    for points, code in outline.iter_segments():
        places = (np.asarray(points).reshape(-1, 2) - low) / (high - low)
        places[:, 1] = 1 - places[:, 1]
        command = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
        if code == Path.CLOSEPOLY:
            pieces.append("Z")
        else:
            pieces.append(command[code] + " ".join(f"{x:.3f},{y:.3f}" for x, y in places))
    return "".join(pieces)
