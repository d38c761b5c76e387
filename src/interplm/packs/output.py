"""Annotations of many proteins as a file that goes on where it was interrupted."""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import xxhash
from tqdm import tqdm

from interplm.errors import FingerprintMismatch
from interplm.files.atomic import written_aside
from interplm.files.parsing import parsed_json
from interplm.packs.annotation import Annotator
from interplm.packs.formats import Lines
from interplm.proteins.records import ProteinRecord

log = logging.getLogger("interplm.packs")
_STATE = ("n_bytes", "n_done", "checksum")


class GrowingFile:
    """Lines of many proteins in `<path>.growing`, which gets its name when it is whole.

    Beside it stands how far it is, with what it is made from and a checksum; what was written after
    that, by a process that was killed, is cut off and written again. If either is damaged, all is.

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
        self._checksum = xxhash.xxh3_64()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.n_done = self._resume() or self._begin(head)

    @staticmethod
    def discard(path: Path) -> None:
        """Delete a file and what was begun of it."""
        for name in (path.name, path.name + ".growing", path.name + ".state.json"):
            path.with_name(name).unlink(missing_ok=True)

    def append(self, text: str, *, n_proteins: int) -> None:
        """Add the lines of some proteins, on disk when this returns."""
        with self._growing.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._checksum.update(text.encode())
        self.n_done += n_proteins
        self._save()

    def finish(self) -> None:
        """Give the whole file its name."""
        self._growing.replace(self.path)
        self._state.unlink()

    def _begin(self, head: str) -> int:
        self._checksum = xxhash.xxh3_64(head.encode())
        self._growing.write_text(head, encoding="utf-8", newline="\n")
        self.n_done = 0
        self._save()
        return self.n_done

    def _resume(self) -> int:
        """How many proteins are done; 0 where nothing is there to go on with."""
        if not (self._state.exists() and self._growing.exists()):
            return 0
        try:
            state = parsed_json(self._state.read_text(encoding="utf-8"))
            n_bytes, n_done, checksum = (int(state[name]) for name in _STATE)
            made_from = state["made_from"]
        except (ValueError, LookupError, TypeError):
            log.warning("%s is damaged: %s is begun anew.", self._state, self.path)
            return 0
        if made_from != self._made_from:
            raise FingerprintMismatch(
                f"{self._growing} was begun with another pack, other proteins or other settings: "
                "finish it with these, delete it, or choose another file with output=..."
            )
        with self._growing.open("rb+") as file:
            while n_bytes > file.tell() and (part := file.read(min(2**20, n_bytes - file.tell()))):
                self._checksum.update(part)
            if file.tell() < n_bytes or self._checksum.intdigest() != checksum:
                log.warning("%s is damaged and begun anew.", self._growing)
                return 0
            file.truncate(n_bytes)
        return n_done

    def _save(self) -> None:
        numbers = (self._growing.stat().st_size, self.n_done, self._checksum.intdigest())
        state = dict(zip(_STATE, numbers, strict=True)) | {"made_from": self._made_from}
        with written_aside(self._state) as partial:
            partial.write_text(json.dumps(state), encoding="utf-8")


def annotate_all(
    annotator: Annotator,
    records: Iterable[ProteinRecord],
    file: GrowingFile,
    *,
    lines: Lines,
    n_together: int,
    bar: "tqdm[NoReturn]",
) -> None:
    """Append the hits of every protein that the file does not have yet, and finish it.

    Args:
        annotator: finds them.
        records: all proteins, in the order of the file.
        file: of the hits.
        lines: makes text of them.
        n_together: proteins that are read together and then written.
        bar: moved forward in residues.
    """
    remaining = iter(records)
    for record in islice(remaining, file.n_done):
        bar.initial += len(record.sequence)
        bar.update(len(record.sequence))
    while group := list(islice(remaining, n_together)):
        hits = annotator.annotate(group)
        text = [
            lines(record.accession, len(record.sequence), of_protein)
            for record, of_protein in zip(group, hits, strict=True)
        ]
        file.append("".join(text), n_proteins=len(group))
        bar.update(sum(len(record.sequence) for record in group))
    file.finish()
