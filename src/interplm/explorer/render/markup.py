"""Escaping, numbers, and the few shapes that all pages are made of."""

import json
import math
from collections.abc import Iterable, Sequence
from html import escape as html_escape
from typing import Any
from urllib.parse import quote, urlencode

from interplm.proteins.identifiers import UNIPROT_ACCESSION


def escape(text: object) -> str:
    """Text that HTML, an attribute in double quotes and Gradio's own templates show as it is.

    Gradio fills templates with `{{…}}` and `${…}`, so braces and dollars become references too.
    """
    escaped = html_escape(str(text), quote=True)
    return escaped.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;")


def data(value: Any) -> str:  # Any: whatever JSON can hold
    """A value as JSON, fit for an attribute in double quotes."""
    return escape(json.dumps(value, separators=(",", ":"), allow_nan=False))


def number(value: float | None) -> str:
    """Three significant digits, thousands separated; "–" for none."""
    if value is None or not math.isfinite(value):
        return "–"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return f"{value:.1e}".replace("e-0", "e-")
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def fraction(value: float | None) -> str:
    """A score in 0..1 with two decimals."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.2f}"


def percent(value: float | None) -> str:
    """A fraction as percent with two significant digits, or one decimal from 10 % on."""
    if value is None or not math.isfinite(value):
        return "–"
    share = 100.0 * value
    if share >= 10 or share == 0:
        return f"{share:.1f} %" if 0 < share < 100 else f"{share:.0f} %"
    return f"{share:.{max(0, 1 - math.floor(math.log10(share)))}f} %"


def signed(value: float | None) -> str:
    """A difference with its sign and two decimals; "–" for none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:+.2f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def feature_link(feature: int, text: str | None = None, **entries: str) -> str:
    """A link to the page of a feature.

    Args:
        feature: its number.
        text: of the link; the number without.
        entries: further ones of its address, as the run where a page shows several.
    """
    shown = f"f/{feature}" if text is None else text
    address = urlencode({"feature": feature, **entries}, quote_via=quote)
    return f'<a class="ip-feature" href="feature?{escape(address)}">{escape(shown)}</a>'


def concept_link(concept: str, **entries: str) -> str:
    """A link to the page of a concept, with further entries of its address."""
    address = urlencode({"concept": concept, **entries}, quote_via=quote, safe="")
    return f'<a href="concepts?{escape(address)}">{escape(concept)}</a>'


def uniprot_link(accession: str) -> str:
    """An accession that opens UniProtKB in a tab of its own, which learns nothing of this page.

    What is no accession of UniProtKB's, as in a generated proteome, has no page there.
    """
    if UNIPROT_ACCESSION.fullmatch(accession) is None:
        return f'<span class="ip-mono">{escape(accession)}</span>'
    address = f"https://www.uniprot.org/uniprotkb/{quote(accession, safe='')}"
    return (
        f'<a class="ip-mono" href="{escape(address)}" target="_blank" '
        f'rel="noopener noreferrer">{escape(accession)}</a>'
    )


def section(
    title: str, body: str, *, note: str = "", exports: str = "", wide: bool = False, link: str = ""
) -> str:
    """A titled part of a page.

    Args:
        title: its heading.
        body: HTML.
        note: a line under the heading.
        exports: buttons that save what it shows, see `interplm.explorer.render.exports`.
        wide: whether it takes the width of the page.
        link: HTML in place of the title.
    """
    under = f'<p class="ip-note">{escape(note)}</p>' if note else ""
    return (
        f'<section class="ip-section{" ip-wide" if wide else ""}">'
        f"<header><h2>{link or escape(title)}</h2>{exports}</header>{under}{body}</section>"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[int]) -> str:
    """A table of cells that are HTML already; columns in `numeric` align to the right."""
    kinds = [' class="ip-number"' if index in numeric else "" for index in range(len(header))]
    head = "".join(
        f'<th scope="col"{kind}>{title}</th>' for kind, title in zip(kinds, header, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="ip-scroll" tabindex="0"><table class="ip-table"><thead><tr>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def message(text: str, *, kind: str = "empty") -> str:
    """A sentence in place of content: what is empty or wrong, and what to do next."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<p class="ip-message ip-{kind}"{role}>{escape(text)}</p>'
