"""Folders that a job fills: what each holds, with which settings, and which files are its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import yaml

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact, UserError
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of
from interplm.files.lock import locked
from interplm.files.manifest import Manifest, NotOurs, recorded_in
from interplm.files.parsing import parsed_yaml
from interplm.runtime.ranks import is_first_rank

MARKER_FILE = "config.yaml"
# There while a job writes, and after it was killed.
LOCK_FILE = "in_use.lock"
# Counts changes of the layout that make older folders unreadable.
_VERSION = 1
# The first line of each YAML file: a flipped bit there would be another number, and a cut file a
# shorter one.
_CHECKSUM = "# checksum: "


class Folder:
    """A folder belongs to one kind of thing, made with one set of settings.

    `config.yaml` is its marker: the kind and the settings. `manifest.txt` lists the files that
    were written, and `fresh` deletes exactly these. `result.yaml` comes last, if at all. Each YAML
    file begins with a checksum of the rest; a file without that line is taken as it is.

    Args:
        path: of the folder; made when it is claimed. None is what a user may give.

    Raises:
        UserError: for None.

    Attributes:
        kind: of what the folder holds.
        what: the kind in a sentence, with its article.
        key: the setting that names the folder.
        files: the most important ones that the kind writes, relative to the folder.
        is_shared: whether several jobs may write into the folder at once, each other files.
    """

    kind: ClassVar[str]
    what: ClassVar[str]
    key: ClassVar[str]
    files: ClassVar[tuple[str, ...]] = ()
    is_shared: ClassVar[bool] = False

    def __init__(self, path: str | Path | None) -> None:
        if path is None:
            raise UserError(f"{self.key}=null names no folder: give one, or leave {self.key} away.")
        self.path = Path(path)
        self._marker = self.path / MARKER_FILE
        self._inputs = self.path / "inputs.yaml"
        self._result = self.path / "result.yaml"
        self._manifest = Manifest(self.path)
        self._lock = self.path / LOCK_FILE

    @contextmanager
    def claimed(self, settings: Mapping[str, Any], *, fresh: bool) -> Iterator[None]:
        """Hold the folder for these settings while the block writes into it.

        What an interrupted job with the same settings left is kept, to go on with. Of several
        processes that train together the first one claims the folder for all. No other job can
        hold it meanwhile.

        Args:
            settings: plain and resolved, what makes the result what it is; Any as OmegaConf
                gives them.
            fresh: delete what an earlier job wrote here.

        Raises:
            FingerprintMismatch: if the folder holds another kind of thing, or the same kind with
                other settings.
            NotOurs: if a file of the user's is in the way.
            BrokenArtifact: if the marker cannot be read.
            InUse: if another process holds the folder.
        """
        if not is_first_rank():
            yield
            return
        self._check_marker()
        with self._held(shared=self.is_shared and not fresh):
            if fresh:
                self._manifest.delete_listed()
            self._check_settings(settings)
            self._check_room()
            with recorded_in(self._manifest):
                self._write(self._marker, {"kind": self.kind, "version": _VERSION} | dict(settings))
                yield

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """List what the block adds to the folder of a finished job, to be deleted with it.

        Raises:
            InUse: if another process holds the folder.
        """
        with self._held(shared=self.is_shared), recorded_in(self._manifest):
            yield

    @contextmanager
    def _held(self, *, shared: bool) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with locked(self._lock, what=str(self.path), shared=shared):
            yield

    @property
    def settings(self) -> dict[str, Any]:
        """What the folder was claimed with; Any as in `claimed`.

        Raises:
            MissingArtifact: if nobody claimed it.
            BrokenArtifact: if the marker cannot be read, or is of another kind or version.
        """
        self._check_marker()
        found = self._read(self._marker)
        return {name: value for name, value in found.items() if name not in ("kind", "version")}

    def record_inputs(self, inputs: Mapping[str, Any]) -> None:
        """Keep what a later job needs to find PLM and data again; Any: plain values."""
        self._write(self._inputs, inputs)

    @property
    def inputs(self) -> dict[str, Any]:
        """What `record_inputs` was given; Any: what YAML can hold.

        Raises:
            MissingArtifact: if there is none.
            BrokenArtifact: if it cannot be read.
        """
        return self._read(self._inputs)

    @property
    def result(self) -> dict[str, float] | None:
        """The main metrics of a finished job, or None while it is not finished."""
        return self._read(self._result) if self._result.exists() else None

    def finish(self, metrics: Mapping[str, float]) -> None:
        """Write the main metrics, the last file of all, which marks the job as finished."""
        self._write(self._result, metrics)

    def _check_marker(self) -> None:
        """Raise unless the folder is of this kind, or not marked at all."""
        if not self._marker.exists():
            return
        found = self._read(self._marker)
        kind, version = found.get("kind"), found.get("version")
        if kind is None and MARKER_FILE not in map(str, self._manifest.listed()):
            raise NotOurs(
                f"{self._marker} was not written by this InterPLM, so the folder is left alone: "
                f"choose another one with {self.key}=..."
            )
        if kind != self.kind:
            raise FingerprintMismatch(
                f"{self.path} holds another kind of thing ({kind}), not {self.what}, and is left "
                f"alone: choose another folder with {self.key}=..."
            )
        if version != _VERSION:
            raise BrokenArtifact(
                f"{self.path} was written by another version of InterPLM (layout {version}, this "
                f"one writes {_VERSION}): use that version, or choose another folder with "
                f"{self.key}=..."
            )

    def _check_settings(self, settings: Mapping[str, Any]) -> None:
        if not self._marker.exists():
            return
        difference = first_difference(self.settings, dict(settings))
        if difference is not None:
            raise FingerprintMismatch(
                f"{self.path} holds {self.what} with another setting ({difference}): choose "
                f"another folder with {self.key}=..., or delete what was written there and start "
                "over with fresh=true."
            )

    def _check_room(self) -> None:
        """What could only be refused at the end of a long job is refused at its start."""
        there = [name for name in (MARKER_FILE, *self.files) if (self.path / name).exists()]
        listed = self._manifest.listed()
        for name in there:
            if Path(name) not in listed:
                raise NotOurs(
                    f"{self.path / name} was not written by InterPLM and would be replaced: move "
                    f"it away, or choose another folder with {self.key}=..."
                )

    def _write(self, path: Path, values: Mapping[str, Any]) -> None:
        text = yaml.safe_dump(dict(values), sort_keys=False)
        with written_aside(path, by_several=True) as partial:
            partial.write_text(f"{_CHECKSUM}{_checksum(text)}\n{text}", encoding="utf-8")

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            text = path.read_text(encoding="utf-8")
            first, _, rest = text.partition("\n")
            is_changed = _CHECKSUM[2:] in first and first != _CHECKSUM + _checksum(rest)
            values = parsed_yaml(text)
        except FileNotFoundError as error:
            raise MissingArtifact(self._missing(path)) from error
        except ValueError as error:
            raise BrokenArtifact(
                f"{path} is damaged (not readable YAML): restore it from a copy, or choose "
                f"another folder with {self.key}=..."
            ) from error
        if is_changed:
            raise BrokenArtifact(
                f"{path} is not what was written (its first line, the checksum of the rest, does "
                "not fit): restore it from a copy, or delete that line if you meant to change it."
            )
        if not isinstance(values, dict):
            raise BrokenArtifact(
                f"{path} is damaged (no settings in it): restore it from a copy, or choose "
                f"another folder with {self.key}=..."
            )
        return values

    def _missing(self, path: Path) -> str:
        return f"{path} does not exist, so {self.path} does not hold {self.what}."


def _checksum(text: str) -> str:
    return f"{checksum_of(text.encode()):016x}"


def first_difference(earlier: Any, now: Any, key: str = "") -> str | None:
    """The first entry in which two plain configs differ, as `key was earlier, now later`.

    Args:
        earlier: a mapping, or a value below one (hence Any).
        now: likewise.
        key: of both, with dots.
    """
    if isinstance(earlier, dict) and isinstance(now, dict):
        for name in [*earlier, *(name for name in now if name not in earlier)]:
            inner = first_difference(
                earlier.get(name), now.get(name), f"{key}.{name}" if key else str(name)
            )
            if inner is not None:
                return inner
        return None
    return None if earlier == now else f"{key} was {earlier}, now {now}"
