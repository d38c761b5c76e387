"""A local HTTP server that behaves like a real one on a bad day."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """What goes wrong with one request; the default is nothing."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    ignore_range: bool = False
    silent_s: float = 0.0


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
    threading.Event().wait(fault.silent_s)
    if fault.status is not None:
        handler.send_response(fault.status)
        for name, value in fault.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    start = range_start(server, handler, fault)
    if start >= len(server.content) and start:
        handler.send_response(416)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    body = server.content[start:]
    handler.send_response(206 if start else 200)
    if start:
        last = len(server.content) - 1
        handler.send_header("Content-Range", f"bytes {start}-{last}/{len(server.content)}")
    if server.etag:
        handler.send_header("ETag", server.etag)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: fault.cut_after])
    handler.wfile.flush()
    handler.close_connection = True


def range_start(server: Server, handler: BaseHTTPRequestHandler, fault: Fault) -> int:
    asked = handler.headers.get("Range")
    fits = handler.headers.get("If-Range") in (None, server.etag)
    if asked is None or fault.ignore_range or not fits:
        return 0
    return int(asked.removeprefix("bytes=").removesuffix("-"))
