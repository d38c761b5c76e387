"""What the headers of an HTTP answer say about a download."""

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response


def whole_length(response: "Response") -> int | None:
    """Bytes of the whole file, of which a 206 brings only a part and a 416 nothing.

    Returns:
        None where the server does not tell.
    """
    if response.status_code == 200:
        length = response.headers.get("Content-Length", "")
    else:
        length = response.headers.get("Content-Range", "").partition("/")[2]
    return int(length) if length.isdigit() else None


def validator_of(response: "Response") -> str:
    """What If-Range may name: the ETag, or else Last-Modified; empty if there is neither.

    A weak ETag must not be used to glue parts together (RFC 9110, section 13.1.5).
    """
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified", "")


def retry_after_s(response: "Response") -> float | None:
    """Seconds of Retry-After, given as a number or as a date; None if it is neither."""
    value = response.headers.get("Retry-After", "")
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def is_web_page(response: "Response") -> bool:
    """Whether it is HTML, with which proxies and logins answer in place of what was asked for."""
    return response.headers.get("Content-Type", "").lower().startswith("text/html")


def next_page(response: "Response") -> str | None:
    """The address of the page that follows, by the header Link; None on the last one."""
    address: str | None = response.links.get("next", {}).get("url")
    return address
