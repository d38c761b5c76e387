"""The published weights of ESM-2, as fair-esm loads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interplm.downloads.download import Download
from interplm.errors import BrokenArtifact, UserError
from interplm.files.access import telling_access
from interplm.files.download import download


class ESM2Weights(Download):
    """The checkpoint of an ESM-2, and the contact regression that fair-esm wants beside it.

    Args:
        size: of the published models: 8m, 35m, 150m, 650m, 3b or 15b.
        plm: option that reads it.
        url: of the folder of the checkpoints.
        regression_url: of the folder of the contact regressions; None leaves them out, since
            InterPLM predicts no contacts.
        path: of the checkpoint; None for torch's hub folder, where every job looks.
        n_attempts: see Download.
        timeout_s: see Download.
        offline: see Download.

    Raises:
        UserError: for a size that was not published.
    """

    def __init__(
        self,
        *,
        size: str,
        plm: str,
        url: str,
        regression_url: str | None,
        path: str | Path | None,
        n_attempts: int,
        timeout_s: float,
        offline: bool,
    ) -> None:
        from interplm.plms.weights import torch_hub_checkpoint

        model = model_of(size)
        super().__init__(
            path=path or torch_hub_checkpoint(model),
            n_attempts=n_attempts,
            timeout_s=timeout_s,
            offline=offline,
        )
        self._model = model
        self._plm = plm
        self._url = f"{url.rstrip('/')}/{model}.pt"
        self._regression_url = regression_url

    def request(self) -> dict[str, Any]:
        """The address."""
        return {"url": self._url}

    def next_command(self) -> tuple[str, dict[str, Any]]:
        """Embedding the generated proteins, the only ones that are surely here."""
        return "embed", {"plm": self._plm, "proteins": "demo", "layers": [3]}

    def get(self, *, fresh: bool = False) -> Path:
        """Both files; see Download."""
        path = super().get(fresh=fresh)
        if self._regression_url is not None:
            self._get_regression(self._regression_url)
        return path

    def _fetch(self, *, fresh: bool) -> Mapping[str, Any]:
        self._download(self._url, self.path, fresh=fresh)
        return {"n_bytes": self.path.stat().st_size}

    def _get_regression(self, folder: str) -> None:
        name = f"{self._model}-contact-regression.pt"
        path = self.path.with_name(name)
        if not path.exists() and not self._offline:
            self._download(f"{folder.rstrip('/')}/{name}", path)

    def _download(self, url: str, path: Path, *, fresh: bool = False) -> None:
        download(
            url,
            path,
            check=check_torch_file,
            n_attempts=self._n_attempts,
            timeout_s=self._timeout_s,
            fresh=fresh,
        )


def model_of(size: str) -> str:
    """The published ESM-2 of a size, such as `650m`.

    Raises:
        UserError: if there is none.
    """
    from interplm.plms.weights import ESM2_MODELS

    models = {name.split("_")[2].lower(): name for name in ESM2_MODELS}
    if size.lower() not in models:
        raise UserError(f"resource.size must be one of {', '.join(models)}, got {size}.")
    return models[size.lower()]


def check_torch_file(path: Path) -> None:
    """Raise BrokenArtifact unless a file is one of torch, with all its tensors.

    Nothing but tensors, plain values and fair-esm's Namespace of sizes is unpickled.
    """
    from interplm.plms.esm2_checkpoint import UNREADABLE, read_torch_file

    try:
        with telling_access(path):
            read_torch_file(path)
    except UNREADABLE as error:
        raise BrokenArtifact(f"not a file of torch: {type(error).__name__}") from error
