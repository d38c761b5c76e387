"""Reading the HTML of pages as tests need it."""

import json
import re
from html import unescape


def gos(html: str) -> list[dict[str, str | None]]:
    """Changes of the address that buttons make."""
    return [json.loads(unescape(text)) for text in re.findall(r'data-go="([^"]*)"', html)]


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]


def text_of(html: str) -> str:
    """What is read, tags taken away."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)))


def cells(html: str) -> list[list[str]]:
    """Rows of the first table, as texts."""
    table = html[html.index("<table") : html.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [text_of(cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


def is_well_nested(html: str) -> bool:
    stack = []
    for closing, tag, rest in re.findall(r"<(/?)([a-z][a-z0-9-]*)([^>]*)>", html):
        if closing:
            if not stack or stack.pop() != tag:
                return False
        elif not rest.endswith("/") and tag not in ("input", "br", "img"):
            stack.append(tag)
    return not stack
