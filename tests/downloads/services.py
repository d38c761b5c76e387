"""Local stand-ins for the public services, which may be told to fail as those do on a bad day."""

import gzip
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.files.misbehaving_server import Fault, send


@dataclass
class Services:
    """What is served: files by path, with ranges and ETags, and UniProt's REST interface.

    `rows` are those of UniProtKB, header first. Of all requests the share `fault_rate` fails: with
    503 or 429, or with half a body.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    release: str = "2026_04"
    fault_rate: float = 0.0
    compress: bool = True
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    url: str = ""
    dice: random.Random = field(default_factory=lambda: random.Random(0))

    def fault(self) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        if self.dice.random() >= self.fault_rate:
            return None
        again = {"Retry-After": "0"}
        return self.dice.choice(
            [
                Fault(status=503, headers=again),
                Fault(status=429, headers=again),
                Fault(cut_after=-1),
            ]
        )


class Watched(list[str]):
    """Requests, of which each is told of before it is answered."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__()
        self._tell = tell

    def append(self, request: str) -> None:
        self._tell(request)
        super().append(request)


@contextmanager
def serving(services: Services) -> Iterator[Services]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            services.requests.append(self.path)
            _answer(services, self)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    services.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield services
    finally:
        http.shutdown()
        http.server_close()


def _answer(services: Services, handler: BaseHTTPRequestHandler) -> None:
    fault = services.fault()
    parts = urlsplit(handler.path)
    if parts.path.startswith("/uniprotkb/"):
        status, headers, body = _uniprot(services, handler, parts.path, parse_qs(parts.query))
    elif parts.path in services.files:
        status, headers, body = _file(services.files[parts.path], handler)
    else:
        status, headers, body = 404, {"Content-Type": "text/html"}, b"<html>not here</html>"
    headers["Content-Length"] = str(len(body))
    if fault is not None and fault.status is not None:
        status, headers, body = fault.status, {"Content-Length": "0"}, b""
    if fault is not None and fault.cut_after is not None:
        body = body[: fault.cut_after if fault.cut_after >= 0 else len(body) // 2]
    send(handler, status, headers | (fault.headers if fault else {}), body, 0.0)


def _file(content: bytes, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
    etag = f'"{len(content)}-{hash(content)}"'
    asked = handler.headers.get("Range")
    if asked is None or handler.headers.get("If-Range") not in (None, etag):
        return 200, {"ETag": etag, "Accept-Ranges": "bytes"}, content
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    where = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return 206, {"ETag": etag, "Content-Range": where}, content[start:]


def _uniprot(
    services: Services, handler: BaseHTTPRequestHandler, path: str, asked: dict[str, list[str]]
) -> tuple[int, dict[str, str], bytes]:
    query, size = asked.get("query", [""])[0], int(asked.get("size", ["25"])[0])
    if path.endswith("/search") and "nonsense:" in query:
        return 400, {}, b'{"messages":["\'nonsense\' is not a valid search field"]}'
    found = services.rows[1:]
    if path.endswith("/accessions"):
        wanted = asked["accessions"][0].split(",")
        found = [row for row in found if row.split("\t")[0] in wanted]
    elif "nothing" in query:
        found = []
    start = int(asked.get("cursor", ["c0"])[0].removeprefix("c"))
    text = "\n".join([services.rows[0], *found[start : start + size]]) + "\n"
    headers = {
        "X-Total-Results": str(len(found)),
        "X-UniProt-Release": services.release,
        "Content-Type": "text/plain;format=tsv",
    }
    if start + size < len(found):
        following = {name: values[0] for name, values in asked.items()}
        following["cursor"] = f"c{start + size}"
        headers["Link"] = f'<{services.url}{path}?{urlencode(following)}>; rel="next"'
    body = text.encode()
    if services.compress and "gzip" in handler.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body)
    return 200, headers, body
