"""The body of an HTTP answer while it arrives."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from interplm.files.retrying import TryAgain

if TYPE_CHECKING:
    from requests import Response

_CHUNK_BYTES = 2**16
# A server that sends less within the longest silence is taken for a silent one.
_LEAST_BYTES = 1000


def arriving(response: "Response", *, timeout_s: float, decode: bool) -> Iterator[bytes]:
    """Pieces of the body as they come, while they come fast enough.

    Args:
        response: of a request that was made with `stream=True`.
        timeout_s: longest silence, in seconds.
        decode: undo the encoding of the transfer, such as gzip.

    Raises:
        TryAgain: if the server falls silent or nearly so.
    """
    began, n_bytes = time.monotonic(), 0
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=decode):
        yield chunk
        n_bytes += len(chunk)
        if n_bytes >= _LEAST_BYTES:
            began, n_bytes = time.monotonic(), 0
        elif time.monotonic() - began > timeout_s:
            raise TryAgain(f"only {n_bytes} bytes came within {timeout_s:g} s")
