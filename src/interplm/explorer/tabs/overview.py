"""The Overview tab."""

from interplm.explorer.context import Explorer
from interplm.explorer.overview import overview
from interplm.explorer.tabs.frame import heading, html


def overview_tab(explorer: Explorer) -> None:
    """One piece of HTML, made once: the database does not change while it is shown."""
    heading("Overview", explorer.title())
    html(overview(explorer), elem_id="overview")
