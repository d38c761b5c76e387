"""Checkpoints that are whole or not there, and told from damaged ones when they are read."""

import io
import logging
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from interplm.errors import BrokenArtifact
from interplm.files.access import telling_access
from interplm.files.atomic import written_aside

log = logging.getLogger(__name__)

# Of a step whose metrics may not be logged yet.
NEXT_CHECKPOINT = "next.ckpt"
# What zipfile and PyTorch raise for a damaged file, or for one that is something else.
_UNREADABLE = (
    zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OverflowError,
    KeyError, TypeError, OSError,
)  # fmt: skip


class CheckedCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint beside its place, renames it when whole, and verifies it on reading.

    Lightning's own writes to TMPDIR and moves, which over two file systems is a copy that a kill
    cuts short. PyTorch stores a CRC-32 of each tensor but does not look at it when it reads.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """See the base class, whence Any."""
        # In memory first: on a full disk PyTorch's own writer ends in an error that names no file.
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        with written_aside(Path(path)) as partial:
            partial.write_bytes(buffer.getbuffer())

    def load_checkpoint(self, path: str | Path, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """See the base class, whence Any.

        Raises:
            BrokenArtifact: if a checksum does not match.
        """
        with _reading(Path(path)):
            return super().load_checkpoint(path, *args, **kwargs)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raise BrokenArtifact unless every checksum in a file of `torch.save` matches and it loads."""
    try:
        with telling_access(path), zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"{damaged} does not match its checksum")
        yield
    except FileNotFoundError:
        raise
    except _UNREADABLE as error:
        raise BrokenArtifact(
            f"{path} is damaged: delete it, and the same command goes on from an older checkpoint."
        ) from error


def step_of(path: Path) -> int:
    """How many optimiser steps a checkpoint has behind it.

    Raises:
        BrokenArtifact: if it is damaged, or no checkpoint.
    """
    with _reading(path):
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return int(state["global_step"])


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of most steps that is whole, or None where there is none at all.

    Damaged ones are named in the log and passed over, and so is NEXT_CHECKPOINT, without a word.

    Raises:
        BrokenArtifact: if there are checkpoints and all are damaged.
    """
    found: dict[Path, int] = {}
    damaged: list[Path] = []
    for path in sorted(set(folder.glob("*.ckpt")) - {folder / NEXT_CHECKPOINT}):
        try:
            found[path] = step_of(path)
        except BrokenArtifact:
            damaged.append(path)
    if damaged and not found:
        raise BrokenArtifact(
            f"{damaged[0]} is damaged, and no other checkpoint is whole: fresh=true starts this "
            "run over."
        )
    for path in damaged:
        log.warning("%s is damaged and passed over.", path)
    return max(found, key=lambda path: found[path], default=None)
