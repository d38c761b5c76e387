"""Publication figures: drawn from the data, as SVG, PDF or PNG."""

from interplm.explorer.figures.drawing import FIGURES, draw_figure

__all__ = ["FIGURES", "draw_figure"]
