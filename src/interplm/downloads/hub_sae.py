"""Published SAEs and feature packs, from the Hugging Face hub into its own cache."""

from pathlib import Path
from typing import Any

from interplm.downloads.download import Resource
from interplm.errors import UserError
from interplm.files.hub import hub_package
from interplm.files.offline import offline
from interplm.files.retrying import DownloadFailed, TryAgain, may_pass, retrying


class HubSAE(Resource):
    """What one id of the hub stands for; files that are in the cache are not fetched again.

    Args:
        id: owner/name, owner/name/folder or owner/name/folder/file.
        layer: which SAE of a repository with several; None where the id says it.
        n_attempts: see Resource.
        timeout_s: see Resource; the hub's package has one of its own.
        offline: see Resource.

    Raises:
        UserError: if the package of the hub is absent, or for what is no id.
    """

    def __init__(
        self, *, id: str, layer: int | None, n_attempts: int, timeout_s: float, offline: bool
    ) -> None:
        parts = id.split("/")
        if len(parts) < 2 or not all(parts):
            raise UserError(f"resource.id={id} is no id of the hub: give owner/name/folder.")
        cache = Path(hub_package().constants.HF_HUB_CACHE)
        super().__init__(
            path=cache / f"models--{parts[0]}--{parts[1]}",
            n_attempts=n_attempts,
            timeout_s=timeout_s,
            offline=offline,
        )
        self._id = id
        self._layer = layer

    def request(self) -> dict[str, Any]:
        """The address."""
        owner, name = self._id.split("/")[:2]
        return {"url": f"{hub_package().constants.ENDPOINT}/{owner}/{name}"}

    def next_command(self) -> tuple[str, dict[str, Any]]:
        """What it is and how it is to be fed."""
        return "info", {"source": self._id, "layer": self._layer}

    def is_here(self) -> bool:
        """Never known: the hub is asked whether it has changed."""
        return False

    def contents(self) -> str:
        """How much of it is in the cache."""
        files = [path for path in self.path.rglob("*") if path.is_file() and not path.is_symlink()]
        return f"{sum(path.stat().st_size for path in files):,} bytes"

    def get(self, *, fresh: bool = False) -> Path:
        """The files, or the folder that they lie in; see Resource."""
        with offline(self._offline):
            return retrying(
                self._ask,
                failed=lambda fault: DownloadFailed(f"{fault}"),
                n_attempts=1 if self._offline else self._n_attempts,
            )

    def _ask(self) -> Path:
        from interplm.interchange import download
        from interplm.packs.finding import pack_at

        try:
            of_pack = pack_at(self._id) if self._layer is None else None
            return of_pack or download(self._id, layer=self._layer)
        except UserError as error:
            if _passes(error.__cause__):
                raise TryAgain(str(error)) from error
            raise


def _passes(cause: BaseException | None) -> bool:
    """Whether what the hub or the connection said may be otherwise soon."""
    found: list[BaseException] = []
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    statuses = [getattr(getattr(one, "response", None), "status_code", None) for one in found]
    known = [status for status in statuses if status is not None]
    if known:
        return any(map(may_pass, known))
    # Of what the connection broke on, the hub's package says that the file is not in the cache.
    return any("connect" in type(one).__name__.lower() for one in found)
