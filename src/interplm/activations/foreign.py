"""Activations that other programs wrote, protein by protein.

Read are, told apart by what is there:

- one array [n_residues, d_model] in `.npy`, `.safetensors`, `.pt` or `.pth`; the last two may also
  hold `offsets`, `lengths` or `boundaries`, and `.pt` names as `accessions` or `protein_ids`;
- a folder with one such file for each protein, named after it, also as fair-esm's `extract.py`
  writes them;
- a folder of `shard_<i>/` with `embeddings.pt` or `activations.pt`, of the original InterPLM;
- a folder of `*.parquet`, of BioNeMo's sparse autoencoder recipes.

Nothing is unpickled but tensors and plain values.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplm.activations.array_files import ARRAY_FILES, StoredArray, read_array, read_parquet
from interplm.errors import MissingArtifact, UserError
from interplm.files.checksum import sha256_of

# Where nobody says where proteins begin, so many rows are taken for one.
BLOCK_ROWS = 1000

Rows = NDArray[np.float32]
# Name and number of residues of each protein, in the order of the rows.
Proteins = Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class ForeignActivations:
    """Proteins with their rows, read one at a time.

    Attributes:
        proteins: names and numbers of residues.
        d_model: width of a row.
        read: the rows of a protein by its number, float32 [n_residues, d_model].
        files: whose contents they are.
        has_borders: False where blocks of rows stand for proteins.
    """

    proteins: Proteins
    d_model: int
    read: Callable[[int], Rows]
    files: Sequence[Path]
    has_borders: bool

    def sha256(self) -> str:
        """Of the contents of all files."""
        digests = [sha256_of(path) for path in self.files]
        joint = "".join([*digests, *(f"{name} {length}\n" for name, length in self.proteins)])
        return hashlib.sha256(joint.encode()).hexdigest()


def open_activations(path: Path, *, layer: int, proteins: Proteins | None) -> ForeignActivations:
    """Find out what a file or folder holds.

    Args:
        path: see above.
        layer: taken from files that hold several.
        proteins: of the rows, in order, where the files do not say it.

    Raises:
        MissingArtifact: if there is nothing.
        UserError: if it is of no known kind, or rows and proteins do not fit.
    """
    if path.is_file():
        return _stacked([path], [partial(read_array, path, layer=layer)], proteins)
    if not path.is_dir():
        raise MissingArtifact(f"There is no file or folder {path}: correct path=...")
    if parquet := sorted(path.glob("*.parquet")):
        return _stacked(parquet, [partial(read_parquet, file) for file in parquet], proteins)
    shards = [_shard_file(folder) for folder in sorted(path.glob("shard_*"), key=_number)]
    if shards:
        return _stacked(shards, [partial(read_array, p, layer=layer) for p in shards], proteins)
    files = sorted(file for file in path.iterdir() if file.suffix in ARRAY_FILES)
    if not files:
        kinds = ", ".join(ARRAY_FILES)
        raise UserError(f"{path} holds no activations: no {kinds} or .parquet file is in it.")
    return _one_file_each(files, layer)


def _number(path: Path) -> tuple[int, str]:
    digits = re.findall(r"\d+", path.name)
    return (int(digits[-1]) if digits else -1), path.name


def _shard_file(folder: Path) -> Path:
    for name in ("embeddings.pt", "activations.pt"):
        if (folder / name).is_file():
            return folder / name
    raise UserError(f"{folder} holds neither embeddings.pt nor activations.pt.")


def _one_file_each(files: Sequence[Path], layer: int) -> ForeignActivations:
    arrays = [read_array(file, layer=layer) for file in files]
    widths = {array.rows.shape[1] for array in arrays}
    if len(widths) > 1:
        raise UserError(f"{files[0].parent} holds rows of different widths: {sorted(widths)}.")
    names = [array.name or file.stem for array, file in zip(arrays, files, strict=True)]
    return ForeignActivations(
        proteins=[(name, len(array.rows)) for name, array in zip(names, arrays, strict=True)],
        d_model=widths.pop(),
        read=lambda index: read_array(files[index], layer=layer).slice(0, None),
        files=files,
        has_borders=True,
    )


def _stacked(
    files: Sequence[Path], opened: Sequence[Callable[[], StoredArray]], proteins: Proteins | None
) -> ForeignActivations:
    """Rows of all files as one list, cut into proteins."""
    arrays = [part() for part in opened]
    starts = np.cumsum([0, *(len(array.rows) for array in arrays)])
    d_model = arrays[0].rows.shape[1]
    known = proteins or _said_proteins(arrays)
    found = known or _blocks(int(starts[-1]), files[0].stem)
    _check_fit(files, arrays, found)
    offsets = np.cumsum([0, *(length for _, length in found)])

    def read(index: int) -> Rows:
        start, stop = int(offsets[index]), int(offsets[index + 1])
        parts: list[Rows] = []
        for part in range(int(np.searchsorted(starts, start, side="right")) - 1, len(arrays)):
            if start >= stop:
                break
            end = min(stop, int(starts[part + 1]))
            parts.append(arrays[part].slice(start - int(starts[part]), end - int(starts[part])))
            start = end
        return np.concatenate(parts)

    return ForeignActivations(
        proteins=found, d_model=d_model, read=read, files=files, has_borders=known is not None
    )


def _said_proteins(arrays: Sequence[StoredArray]) -> Proteins | None:
    """What the files themselves say, or None unless all do."""
    found: list[tuple[str, int]] = []
    for array in arrays:
        if array.lengths is None:
            return None
        names = array.accessions or [f"protein_{len(found) + i}" for i in range(len(array.lengths))]
        if len(names) != len(array.lengths):
            raise UserError(f"{array.path} names {len(names)} of {len(array.lengths)} proteins.")
        found += zip(names, array.lengths, strict=True)
    return found


def _blocks(n_rows: int, stem: str) -> Proteins:
    starts = range(0, n_rows, BLOCK_ROWS)
    return [(f"{stem}_rows_{start}", min(BLOCK_ROWS, n_rows - start)) for start in starts]


def _check_fit(files: Sequence[Path], arrays: Sequence[StoredArray], proteins: Proteins) -> None:
    n_rows, n_residues = sum(len(a.rows) for a in arrays), sum(length for _, length in proteins)
    where = files[0] if len(files) == 1 else files[0].parent
    if n_rows != n_residues:
        raise UserError(
            f"{where} holds {n_rows:,} rows, but its proteins have {n_residues:,} residues: give "
            "the proteins in the order of the rows, without rows for begin, end or padding."
        )
    widths: set[Any] = {array.rows.shape[1] for array in arrays}
    if len(widths) > 1:
        raise UserError(f"{where} holds rows of different widths: {sorted(widths)}.")
