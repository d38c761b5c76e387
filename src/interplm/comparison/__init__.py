"""Finished runs side by side."""

from interplm.comparison.columns import COLUMNS, Column
from interplm.comparison.page import as_html
from interplm.comparison.pareto import as_svg, front, fronts, pareto_figures, with_front
from interplm.comparison.rows import Row, finished_run
from interplm.comparison.seeds import differ_in_seed_only, seed_stability
from interplm.comparison.text import as_csv, as_markdown

__all__ = [
    "COLUMNS",
    "Column",
    "Row",
    "as_csv",
    "as_html",
    "as_markdown",
    "as_svg",
    "differ_in_seed_only",
    "finished_run",
    "front",
    "fronts",
    "pareto_figures",
    "seed_stability",
    "with_front",
]
