"""A local HTTP server that behaves like a real one on a bad day."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """What goes wrong with one request; the default is nothing.

    `status` answers with no body; `cut_after` bytes of the body the connection closes, or, given
    `stall_s`, falls silent first; `headers` are added to the answer, or replace its own.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    ignore_range: bool = False
    ignore_if_range: bool = False
    silent_s: float = 0.0
    stall_s: float = 0.0


@dataclass
class Server:
    """Serves `content` with ranges; takes one fault from the list for each request."""

    content: bytes
    etag: str | None = '"one"'
    faults: list[Fault] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(server: Server) -> Iterator[Server]:
    """Run the server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(server, self)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}/file.pt"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def answer(server: Server, handler: BaseHTTPRequestHandler) -> None:
    server.requests.append(dict(handler.headers))
    fault = server.faults.pop(0) if server.faults else Fault()
    time.sleep(fault.silent_s)
    start = range_start(server, handler, fault)
    size = len(server.content)
    headers = {"ETag": server.etag} if server.etag else {}
    if fault.status is not None:
        status, body = fault.status, b""
    elif start and start >= size:
        status, body = 416, b""
        headers["Content-Range"] = f"bytes */{size}"
    elif start:
        status, body = 206, server.content[start:]
        headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    else:
        status, body = 200, server.content
    headers["Content-Length"] = str(len(body))
    send(handler, status, headers | fault.headers, body[: fault.cut_after], fault.stall_s)


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    body: bytes,
    stall_s: float,
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.close_connection = True
    # A client that gave up has closed its end.
    with suppress(ConnectionError):
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        time.sleep(stall_s)


def range_start(server: Server, handler: BaseHTTPRequestHandler, fault: Fault) -> int:
    asked = handler.headers.get("Range")
    fits = fault.ignore_if_range or handler.headers.get("If-Range") in (None, server.etag)
    if asked is None or fault.ignore_range or not fits:
        return 0
    return int(asked.removeprefix("bytes=").removesuffix("-"))
