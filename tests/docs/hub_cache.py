"""What downloads leave behind: the hub's cache and torch's, to run pages without a network."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

constants = pytest.importorskip("huggingface_hub.constants")


def into_cache(
    cache: Path,
    repository: str,
    write: Callable[..., object],
    *,
    revision: str = "0" * 40,
    files: str | None = None,
    **settings: object,
) -> None:
    """As the hub leaves a repository after a download."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    snapshot.mkdir(parents=True)
    write(snapshot, **settings)
    if files is not None:
        for path in snapshot.glob(files):
            shutil.move(path, snapshot)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(revision)


@contextmanager
def hub_in(cache: Path) -> Iterator[None]:
    """The hub's package, which reads its variables once, keeps to this cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        yield
