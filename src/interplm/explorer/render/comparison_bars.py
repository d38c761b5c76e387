"""One figure of the SAE beside that of every baseline."""

from collections.abc import Sequence

from interplm.explorer.render.markup import escape
from interplm.features.encoding.names import SAE, is_baseline
from interplm.features.report.headline import Headline


def comparison_bars(rows: Sequence[Headline], *, measure: str, most: float, digits: int) -> str:
    """A bar for each, the SAE first, with the range over seeds where there are several.

    Args:
        rows: see `headlines`.
        measure: a field of the summaries.
        most: where bars end.
        digits: after the point.
    """
    bars = "".join(
        f"<li{' class=ip-first' if not index else ''}><span>{escape(_title(row))}</span>"
        f'<span class="ip-meter" style="--v:{min(1.0, row.mean(measure) / (most or 1)):.3f}">'
        f"</span><b>{escape(row.text(measure, digits))}</b></li>"
        for index, row in enumerate(rows)
    )
    return f'<ul class="ip-compared">{bars}</ul>'


def _title(row: Headline) -> str:
    """A probe is told the truth: what it reaches is a ceiling."""
    return row.title if row.name == SAE or is_baseline(row.name) else f"{row.title}, a ceiling"
