"""What lies at the place that is said to hold an SAE, read as data."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from interplm.errors import UserError
from interplm.interchange.tensor_files import (
    check_state_dict,
    read_json,
    read_weights,
    whole_number,
)

Scale = Literal["default", "normalized", "raw"]
# A folder's only file with one of these is its SAE; what a given file is, its content says.
_WEIGHTS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may say of an SAE that its files leave open.

    Attributes:
        k: features that fire on a residue, where it is not stored.
        scale: "normalized" for features that are fractions of a maximum, "raw" for those that are
            not, "default" for what the format's own loader gives.
        layer: which SAE of a source that holds several, in the source's own numbering.
        input_scale: number that activations are divided by before they are read, where the SAE was
            trained on scaled ones and the number is not stored.
        normalize_input: whether each residue is scaled by itself before it is read, where that is
            not stored.
    """

    k: int | None = None
    scale: Scale = "default"
    layer: int | None = None
    input_scale: float | None = None
    normalize_input: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """A folder, or a file and the folder it lies in.

    Attributes:
        path: of the folder or file.
        options: what is left open.
    """

    path: Path
    options: Options = field(default_factory=Options)

    @property
    def folder(self) -> Path:
        """Where the files beside the weights lie."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def is_file(self) -> bool:
        """Whether one file was pointed at, not a folder."""
        return self.path.is_file()

    @cached_property
    def address(self) -> str:
        """The path as its publisher wrote it: owner/name/... for what lies in the hub's cache."""
        parts = list(self.path.absolute().parts)
        for place, part in enumerate(parts):
            if part.startswith("models--") and parts[place + 1 : place + 2] == ["snapshots"]:
                return "/".join([*part.split("--")[1:], *parts[place + 3 :]])
        return "/".join(parts[1:])

    def holds(self, name: str) -> bool:
        """Whether there is a file of that name in the folder."""
        return (self.folder / name).is_file()

    def settings(self, name: str) -> dict[str, Any]:
        """The JSON object in a file of that name in the folder (Any: what JSON can hold).

        Empty where there is none. Formats are told apart by it.

        Raises:
            BrokenArtifact: if it cannot be read.
        """
        return read_json(self.folder / name) if self.holds(name) else {}

    @cached_property
    def weights(self) -> Path | None:
        """The file that was pointed at, or the only one in the folder that may hold weights."""
        if self.is_file:
            return self.path
        found = [path for path in sorted(self.path.iterdir()) if path.suffix in _WEIGHTS]
        return found[0] if len(found) == 1 else None

    @property
    def weights_file(self) -> Path:
        """`weights` of a source that has been recognised by what they hold."""
        assert self.weights is not None
        return self.weights

    @cached_property
    def content(self) -> dict[str, Any]:
        """What `weights` holds: tensors by name, or more around them (Any: plain values).

        Empty where there is no such file.

        Raises:
            BrokenArtifact: if it is damaged, or holds other Python objects.
        """
        return {} if self.weights is None else read_weights(self.weights)

    def state_dict(self, where: Path) -> dict[str, Tensor]:
        """The named tensors in a file, whatever its ending; read once if it is `weights`.

        Raises:
            MissingArtifact: if there is no such file.
            BrokenArtifact: if it is damaged, or holds other things than named tensors.
        """
        found = self.content if where == self.weights else read_weights(where)
        check_state_dict(found, where)
        return dict(found)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The content where it is nothing but named tensors, otherwise nothing."""
        is_state = all(isinstance(value, Tensor) for value in self.content.values())
        return dict(self.content) if is_state else {}

    def held(self) -> str:
        """What there is instead of an SAE, for a message: tensors, or files to choose from."""
        if self.weights is not None and self.content:
            return f", but {self.weights.name} with {', '.join(list(self.content)[:6])}"
        if self.is_file:
            return ""
        found = sorted(path.name for path in self.path.iterdir())
        weights = [name for name in found if name.endswith(_WEIGHTS)]
        if len(weights) > 1:
            return f", but several files to choose from: {', '.join(weights[:12])}"
        return f", but {', '.join(found[:6])}" if found else ""

    def k(self, stored: Any = None, *, where: Path, known: str | int | None = None) -> int:
        """How many features fire: as stored (Any: as it was read), as said, or as published.

        Raises:
            UserError: if nobody says.
        """
        said = self.options.k
        if stored is not None:
            return whole_number(stored, name="k", where=where)
        if said is None and known is None:
            raise UserError(
                f"{where} does not store how many features fire on a residue: give k=<number>, as "
                "its authors trained it."
            )
        return int(said if said is not None else known or 0)

    def flag(self, name: str, stored: Any, *, default: bool) -> bool:
        """A choice as stored (Any: as it was read), else as said, else what the toolkit takes.

        Args:
            name: of the option.
            stored: the file's, or None.
            default: of the toolkit.

        Raises:
            UserError: if the user says another than the file.
        """
        said = getattr(self.options, name)
        if isinstance(stored, bool):
            if said is not None and said != stored:
                raise UserError(f"{self.path} says {name}={stored}, not {said}: leave {name} away.")
            return stored
        return default if said is None else bool(said)
