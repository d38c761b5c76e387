"""Where a pack lies: a folder of its own, of scores or of a run, or a repository of the hub."""

import re
from pathlib import Path

from interplm.errors import MissingArtifact
from interplm.interchange.hub import fetch
from interplm.packs.pack import FILES, PACK_FILE

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def pack_in(source: str | Path) -> Path | None:
    """The folder of a pack: `source`, or that in a folder of scores or of a scored run."""
    path = Path(source)
    folders = (path, path / "pack", path / "score" / "pack")
    return next((folder for folder in folders if (folder / PACK_FILE).is_file()), None)


def pack_at(source: str | Path) -> Path | None:
    """The folder of a pack as `pack_in` finds it, or of one on the Hugging Face hub, owner/name.

    Raises:
        UserError: if the hub has no such repository or cannot be reached, or its package is absent.
    """
    found = pack_in(source)
    if found is not None or not _is_repository(source):
        return found
    folder = fetch(str(source), [PACK_FILE, *FILES])
    return folder if (folder / PACK_FILE).is_file() else None


def find_pack(source: str | Path) -> Path:
    """The folder of a pack.

    Args:
        source: folder of a pack, of scores or of a scored run; or an id on the Hugging Face hub,
            owner/name.

    Raises:
        MissingArtifact: if there is none.
        UserError: if the hub cannot be reached, or its package is absent.
    """
    found = pack_at(source)
    if found is not None:
        return found
    if _is_repository(source):
        raise MissingArtifact(
            f"{source} on the Hugging Face hub holds no feature pack (no {PACK_FILE}): correct the "
            "id."
        )
    raise MissingArtifact(
        f"{source} holds no feature pack: give a folder of scores, a run that was scored, or the "
        "id of a pack on the Hugging Face hub (owner/name)."
    )


def _is_repository(source: str | Path) -> bool:
    return not Path(source).exists() and bool(_REPOSITORY.fullmatch(str(source)))
