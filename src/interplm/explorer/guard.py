"""What is let through to the app: its own hosts, bodies of bounded size, few wrong logins."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from interplm.errors import UserError
from interplm.explorer.arguments import Parameters, completed
from interplm.explorer.hosts import AllowedHosts

# As ASGI defines them; Any: whatever a server puts in.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Title of the errors that a caller can mend; see `api.py`.
REFUSED = "Refused"
# Other requests than those with a file or a structure carry little.
_MOST_AT_ONCE = 8
_ENDPOINT = re.compile(r"/gradio_api/(run|api|call)/(?:v2/)?([^/]+)/?$")


class WrongLogins:
    """Counts wrong logins of the last minute, by client and of all.

    Args:
        most: of one client; ten times as many of all together.
        seconds: after which one is forgotten.
    """

    def __init__(self, *, most: int, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._times: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def add(self, client: str) -> None:
        """Note a wrong one."""
        with self._lock:
            self._times.append((time.monotonic(), client))

    def wait(self, client: str) -> float:
        """Seconds until that client may try again; 0 if it may now."""
        now = time.monotonic()
        with self._lock:
            while self._times and self._times[0][0] < now - self._seconds:
                self._times.popleft()
            own = [at for at, who in self._times if who == client]
            every = [at for at, _ in self._times]
        waits = [
            times[-most] + self._seconds - now
            for times, most in ((own, self._most), (every, 10 * self._most))
            if len(times) >= most
        ]
        return max(waits, default=0.0)


class Guard:
    """ASGI middleware around the app; it reads each body whole before it passes it on.

    Args:
        app: what is guarded.
        hosts: that it answers to.
        endpoints: of the API, with their parameters.
        max_body_bytes: of one request; eight times as many of all that are under way.
        wrong_logins: how many there were.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: AllowedHosts,
        endpoints: Mapping[str, Parameters],
        max_body_bytes: int,
        wrong_logins: WrongLogins,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._endpoints = endpoints
        self._most_bytes = max_body_bytes
        self._wrong_logins = wrong_logins
        self._n_under_way = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the body counted and the API's errors given their status."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = _Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            return await _say(send, *refusal)
        body = b""
        try:
            while (message := await receive())["type"] == "http.request":
                piece = message.get("body", b"")
                self._n_under_way += len(piece)
                body += piece
                if len(body) > self._most_bytes or self._is_full():
                    return await _say(send, *self._too_large())
                if not message.get("more_body"):
                    return await self._pass(request, body, receive, send)
        finally:
            self._n_under_way -= len(body)
        return None

    async def _pass(self, request: "_Request", body: bytes, receive: Receive, send: Send) -> None:
        """On to the app, with the arguments of a call completed."""
        parameters = self._endpoints.get(request.endpoint)
        if request.is_run and parameters is not None:
            try:
                body = completed(body, parameters)
            except UserError as error:
                return await _say(send, 400, str(error))
            request.state_length(len(body))
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(request.scope, replayed, _Answer(send, self._noted(request)).send)
        return None

    def _refusal(self, request: "_Request") -> tuple[int, str] | None:
        """Status and sentence for what is not let through."""
        if not self._hosts.answers(request.headers.get("host", "")):
            return 403, (
                "This explorer does not answer to that name: open it under the address that it "
                "said at its start, or add the name to explorer.server.names."
            )
        origin = request.headers.get("origin")
        forwarded = request.headers.get("x-forwarded-host")
        if origin is not None and not self._hosts.trusts(origin, forwarded_host=forwarded):
            return 403, "Pages of other sites may not ask this explorer."
        if request.path.rstrip("/").endswith("/gradio_api/upload"):
            return 404, "This explorer takes no files: pages send what is needed of them."
        if request.endpoint and request.endpoint not in self._endpoints:
            return 404, f"There is no endpoint of that name; there are {self._named()}."
        if request.n_bytes > self._most_bytes or self._is_full(request.n_bytes):
            return self._too_large()
        return self._login_refusal(request)

    def _login_refusal(self, request: "_Request") -> tuple[int, str] | None:
        wait = self._wrong_logins.wait(request.client) if request.is_login else 0.0
        if wait <= 0:
            return None
        return 429, f"Too many wrong logins: try again in {wait:.0f} s."

    def _noted(self, request: "_Request") -> Callable[[int, bytes], int]:
        """What to make of a status and, of an error, its body."""

        def noted(status: int, body: bytes) -> int:
            if request.is_login and status == 400:
                self._wrong_logins.add(request.client)
            return 400 if status == 500 and _is_refusal(body) else status

        return noted

    def _is_full(self, n_more: int = 0) -> bool:
        return self._n_under_way + n_more > _MOST_AT_ONCE * self._most_bytes

    def _too_large(self) -> tuple[int, str]:
        most = f"{self._most_bytes / 1e6:.0f} MB"
        return 413, f"More than {most} at once are not taken: send less, or try again later."

    def _named(self) -> str:
        return ", ".join(sorted(self._endpoints))


class _Request:
    """What the guard looks at."""

    def __init__(self, scope: Message) -> None:
        self.scope = scope
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope.get("headers", ())
        }
        self.path = str(scope.get("path", ""))
        self.client = str((scope.get("client") or ("",))[0])
        self.is_login = scope.get("method") == "POST" and self.path.rstrip("/").endswith("/login")
        called = _ENDPOINT.search(self.path)
        self.is_run = called is not None and called[1] == "run"
        self.endpoint = called[2] if called is not None else ""
        length = self.headers.get("content-length", "0")
        self.n_bytes = int(length) if length.isdecimal() and len(length) < 16 else 0

    def state_length(self, n_bytes: int) -> None:
        """State that the body has this length."""
        others = [pair for pair in self.scope["headers"] if pair[0].lower() != b"content-length"]
        self.scope["headers"] = [*others, (b"content-length", str(n_bytes).encode())]


class _Answer:
    """An answer that is passed on once its body is known, where it is an error or a page."""

    def __init__(self, send: Send, settled: Callable[[int, bytes], int]) -> None:
        self._send, self._settled = send, settled
        self._held: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and (
            message["status"] >= 400 or _is_page(message)
        ):
            self._held = message
            return
        if self._held is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            message = await self._release(self._held)
        await self._send(message)

    async def _release(self, held: Message) -> Message:
        """Send the start that was held back; the body to send next."""
        self._held = None
        held["status"] = self._settled(held["status"], self._body)
        # Gradio's one address that does not follow the proxy's path.
        body = self._body.replace(b'href="/manifest.json"', b'href="manifest.json"')
        others = [pair for pair in held["headers"] if pair[0].lower() != b"content-length"]
        held["headers"] = [*others, (b"content-length", str(len(body)).encode())]
        await self._send(held)
        return {"type": "http.response.body", "body": body}


def _is_page(start: Message) -> bool:
    kinds = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return bool(kinds) and kinds[0].startswith(b"text/html")


def _is_refusal(body: bytes) -> bool:
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("title") == REFUSED


async def _say(send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence, in the form of the API's other errors."""
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
