"""An offline run of wandb read back, by wandb's own message types."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wandb.proto.wandb_internal_pb2 import Record

# The frame of LevelDB's log: blocks, in which a part of a record follows a checksum, its length and
# whether it is a whole (1), a first (2), a middle (3) or a last part (4).
_BLOCK, _PART_HEADER, _FILE_HEADER = 32768, 7, 7


def records(path: Path) -> Iterator[Record]:
    said = path.read_bytes()
    assert said.startswith(b":W&B")
    at, begun = _FILE_HEADER, b""
    while at + _PART_HEADER <= len(said):
        left = _BLOCK - at % _BLOCK
        if left < _PART_HEADER:
            at += left
            continue
        length = int.from_bytes(said[at + 4 : at + 6], "little")
        kind = said[at + 6]
        begun += said[at + _PART_HEADER : at + _PART_HEADER + length]
        at += _PART_HEADER + length
        if kind in (1, 4):
            yield Record.FromString(begun)
            begun = b""


@dataclass
class Offline:
    """What is in the file of one run."""

    path: Path

    @cached_property
    def records(self) -> list[Record]:
        """All of them: wandb writes the last ones a moment after the run has been finished."""
        deadline = time.monotonic() + 10
        while True:
            found = list(records(self.path))
            if any(r.HasField("exit") for r in found) or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    @property
    def run(self):
        return next(r.run for r in self.records if r.HasField("run"))

    @property
    def config(self) -> dict:
        found = {}
        updates = [r.config for r in self.records if r.HasField("config")]
        for update in [self.run.config, *updates]:
            for item in update.update:
                found[item.key or ".".join(item.nested_key)] = json.loads(item.value_json)
        return found

    @property
    def history(self) -> list[dict]:
        return [_nested(r.history.item) for r in self.records if r.HasField("history")]

    def logged(self, name: str) -> list:
        return [row[name] for row in self.history if name in row]

    @property
    def summary(self) -> dict:
        found = {}
        for record in self.records:
            for item in record.summary.update:
                found[item.key or ".".join(item.nested_key)] = json.loads(item.value_json)
        return found

    @property
    def axes(self) -> dict[str, str]:
        """Of each metric, or pattern of names, what it is drawn against."""
        metrics = [r.metric for r in self.records if r.HasField("metric")]
        return {m.name or m.glob_name: m.step_metric for m in metrics}

    def artifacts(self, *, read: bool) -> dict[str, dict]:
        """Names with metadata of those that the run reads, or writes."""
        found = [r.artifact for r in self.records if r.HasField("artifact")]
        found += [
            r.request.log_artifact.artifact
            for r in self.records
            if r.HasField("request") and r.request.HasField("log_artifact")
        ]
        return {
            a.name: {"type": a.type, "files": [e.path for e in a.manifest.contents]}
            | json.loads(a.metadata or "{}")
            for a in found
            if a.use_after_commit == read
        }


def _nested(items) -> dict:
    found: dict = {}
    for item in items:
        *outer, last = item.nested_key or [item.key]
        place = found
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = json.loads(item.value_json)
    return found


def offline_runs(folder: Path) -> list[Offline]:
    """Those that wandb wrote into a folder, in order of their start."""
    return [Offline(path) for path in sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))]
