"""Evidence in short: what stands beside a label."""

from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import escape


def chip(text: str, term: str = "", *, tone: str = "") -> str:
    """One figure with its name.

    Args:
        text: what it says.
        term: of `MEANINGS`, explained by a (?); "" for none.
        tone: "good", "weak" or "" for neither.
    """
    kind = f" ip-{tone}" if tone else ""
    return f'<span class="ip-chip{kind}">{escape(text)}{help_mark(term) if term else ""}</span>'


def chips(*parts: str) -> str:
    """Chips side by side; empty ones are left out."""
    return f'<div class="ip-chips">{"".join(part for part in parts if part)}</div>'
