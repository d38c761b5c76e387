"""As much of the Hugging Face hub as pushing and loading an SAE asks of it, on this machine."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class HubServer:
    """Repositories in memory: {id: {path: bytes}}. Writing needs the token `hf_writer`."""

    def __init__(self):
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.made_private: dict[str, bool] = {}
        self.n_downloads = 0
        self.n_faults = 0  # requests from now on that are answered 503
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def revision(self, repository: str) -> str:
        """A hash of the contents, as long as one of git."""
        content = sorted(self.repositories[repository].items())
        return hashlib.sha1(repr(content).encode()).hexdigest()


def _handler(hub: HubServer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if hub.n_faults:
                hub.n_faults -= 1
                self._answer({"error": "busy"}, 503)
                return
            path = urlsplit(self.path).path.strip("/").split("/")
            if path[0] == "api":
                self._describe("/".join(path[2:4]), *path[4:5])
            else:
                self._send_file("/".join(path[:2]), "/".join(path[4:]))

        def do_HEAD(self):
            self.do_GET()

        def do_POST(self):
            path = urlsplit(self.path).path.strip("/").split("/")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if path[1] == "validate-yaml":
                self._answer({"warnings": [], "errors": []})
            elif self.headers.get("Authorization") != "Bearer hf_writer":
                self._answer({"error": "Invalid username or password."}, 401)
            elif path[1:] == ["repos", "create"]:
                self._create(json.loads(body))
            elif path[4] == "preupload":
                files = json.loads(body)["files"]
                kind = {"uploadMode": "regular", "shouldIgnore": False}
                self._answer({"files": [{"path": file["path"]} | kind for file in files]})
            else:
                self._commit("/".join(path[2:4]), body)

        def _create(self, wanted):
            repository = f"{wanted['organization']}/{wanted['name']}"
            hub.repositories.setdefault(repository, {})
            hub.made_private[repository] = (
                wanted.get("private") or wanted.get("visibility") == "private"
            )
            self._answer({"url": f"{hub.address}/{repository}", "name": repository})

        def _commit(self, repository, body):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    content = base64.b64decode(line["value"]["content"])
                    hub.repositories[repository][line["value"]["path"]] = content
            revision = hub.revision(repository)
            self._answer({"commitUrl": f"{hub.address}/{repository}/commit/{revision}",
                          "commitOid": revision})  # fmt: skip

        def _describe(self, repository, what="info"):
            if repository not in hub.repositories:
                self._answer(
                    {"error": "Repository not found"}, 404, ("X-Error-Code", "RepoNotFound")
                )
            elif what == "tree":
                self._answer(
                    [{"type": "file", "path": path, "size": len(content), "oid": "0" * 40}
                     for path, content in hub.repositories[repository].items()]
                )  # fmt: skip
            else:
                self._answer({"id": repository, "sha": hub.revision(repository), "siblings": []})

        def _send_file(self, repository, path):
            content = hub.repositories.get(repository, {}).get(path)
            if content is None:
                self._answer({"error": "Entry not found"}, 404, ("X-Error-Code", "EntryNotFound"))
                return
            etag = ("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            hub.n_downloads += self.command == "GET"
            self._send(content, 200, ("X-Repo-Commit", hub.revision(repository)), etag)

        def _answer(self, value, status=200, *headers):
            self._send(json.dumps(value).encode(), status, *headers)

        def _send(self, content, status, *headers):
            self.send_response(status)
            for name, value in (("Content-Length", str(len(content))), *headers):
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    return Handler


def stands_for_the_hub(server: HubServer, monkeypatch, *, cache: Path) -> None:
    """Let huggingface_hub, where it is installed, ask this server, with a cache of its own."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # Where the address of a file is kept as a template, it was filled in at import.
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE",
        server.address + "/{repo_id}/resolve/{revision}/{filename}", raising=False,
    )  # fmt: skip
