"""Under which names the explorer answers: a page of another name may not read it."""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

_LOCAL = ("localhost", "127.0.0.1", "::1")
# Where Gradio's own servers make a shared explorer public.
_SHARED = ".gradio.live"


class AllowedHosts:
    """The names of one server, from how it is served.

    A page elsewhere whose name is pointed at this machine (DNS rebinding) would send its own name,
    and a form elsewhere (cross-site request forgery) its own origin.

    Args:
        host: address that the server listens on.
        root_path: where a proxy puts it; with an address, that one's name is allowed.
        share: whether Gradio makes it public.
        names: more names that lead here, such as that of a proxy.
    """

    def __init__(
        self, *, host: str, root_path: str | None, share: bool, names: Sequence[str]
    ) -> None:
        public = urlsplit(root_path or "").hostname
        self._names = {name.lower() for name in (*_LOCAL, host, *names) if name}
        if public:
            self._names.add(public)
        self._is_open = not _is_loopback(host)
        if self._is_open:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self._is_shared = share
        self._is_behind_proxy = bool(root_path)

    def answers(self, host: str) -> bool:
        """Whether a request to that Host is meant for this server."""
        name = host_name(host)
        return (
            name in self._names
            # An address is no name that somebody else could point here.
            or (self._is_open and _is_address(name))
            or (self._is_shared and name.endswith(_SHARED))
        )

    def trusts(self, origin: str, *, forwarded_host: str | None) -> bool:
        """Whether a page of that Origin may ask; "null" is one that hides where it is."""
        name = (urlsplit(origin).hostname or "").lower()
        if self._is_behind_proxy and forwarded_host and name == host_name(forwarded_host):
            # Only a proxy, or a page that was let in already, can set that header.
            return True
        return self.answers(name)


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host.split(',')[0].strip()}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
