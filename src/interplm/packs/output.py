"""A text file that grows by many proteins at a time, and goes on where it was interrupted."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interplm.errors import FingerprintMismatch
from interplm.files.atomic import written_aside


class GrowingFile:
    """Lines of many proteins in `<path>.growing`, which gets its name when it is whole.

    Beside it stands how far it is, with what it is made from; what was written after that, by a
    process that was killed, is cut off and written again.

    Args:
        path: the final file.
        made_from: plain values (hence Any) that an interrupted file must agree with.
        head: first lines.

    Raises:
        FingerprintMismatch: if an interrupted file was made from something else.
    """

    def __init__(self, path: Path, *, made_from: Mapping[str, Any], head: str) -> None:
        self.path = path
        self._growing = path.with_name(path.name + ".growing")
        self._state = path.with_name(path.name + ".state.json")
        self._made_from = dict(made_from)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.n_done = self._resume(head)

    def append(self, text: str, *, n_proteins: int) -> None:
        """Add the lines of some proteins, on disk when this returns."""
        with self._growing.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.n_done += n_proteins
        self._save()

    def finish(self) -> None:
        """Give the whole file its name."""
        self._growing.replace(self.path)
        self._state.unlink()

    def _resume(self, head: str) -> int:
        if not (self._state.exists() and self._growing.exists()):
            self._growing.write_text(head, encoding="utf-8", newline="\n")
            self.n_done = 0
            self._save()
            return 0
        state = json.loads(self._state.read_text(encoding="utf-8"))
        if state["made_from"] != self._made_from:
            raise FingerprintMismatch(
                f"{self._growing} was begun with another pack, other proteins or other settings: "
                "finish it with these, delete it, or choose another file with output=..."
            )
        os.truncate(self._growing, state["n_bytes"])
        return int(state["n_done"])

    def _save(self) -> None:
        state = {
            "n_done": self.n_done,
            "n_bytes": self._growing.stat().st_size,
            "made_from": self._made_from,
        }
        with written_aside(self._state) as partial:
            partial.write_text(json.dumps(state), encoding="utf-8")
