"""Arrays [n_residues, d_model] in files of several kinds."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.errors import UNEXPECTED, BrokenArtifact, UserError, tells_of_memory
from interplm.files.access import check_readable, telling_access

ARRAY_FILES = (".npy", ".safetensors", ".pt", ".pth")
_OFFSETS, _LENGTHS, _BOUNDARIES = "offsets", "lengths", "boundaries"
_NAMES = ("accessions", "protein_ids")
# The last two are of NumPy's reader of headers, and of what looks like several arrays to it.
_UNREADABLE = (OSError, EOFError, pickle.UnpicklingError, TokenError, BadZipFile)


@dataclass(frozen=True, kw_only=True)
class StoredArray:
    """Rows of a file, not yet read where the format allows it.

    Attributes:
        path: of the file.
        rows: [n_residues, d_model], of any kind that has a shape and slices.
        lengths: residues of each protein, where the file says it.
        accessions: of the proteins, where the file says it.
        name: of the one protein that the file holds, where it says it.
    """

    path: Path
    rows: Any
    lengths: Sequence[int] | None = None
    accessions: Sequence[str] | None = None
    name: str | None = None

    def slice(self, start: int, stop: int | None) -> NDArray[np.float32]:
        """Some rows as float32."""
        part = self.rows[start:stop]
        if isinstance(part, Tensor):  # NumPy has no bfloat16
            return part.float().numpy()
        return np.asarray(part, dtype=np.float32)


def read_array(path: Path, *, layer: int) -> StoredArray:
    """Open a file.

    Args:
        path: with an ending of `ARRAY_FILES`.
        layer: which to take of a file that holds several.

    Raises:
        UserError: if there is not exactly one array with two axes in it.
        BrokenArtifact: if it is damaged.
    """
    try:
        check_readable(path)
        with telling_access(path):
            return _reader(path)(path, layer)
    except FileNotFoundError:
        raise
    except (*_UNREADABLE, *UNEXPECTED) as error:
        if tells_of_memory(error):
            raise
        # Their own text may advise to unpickle it all the same.
        raise BrokenArtifact(
            f"{path} cannot be read: it is damaged, or holds Python objects, which are never "
            "unpickled; save arrays alone."
        ) from error


def read_parquet(path: Path) -> StoredArray:
    """A shard of BioNeMo's: one column of lists, or one column for each dimension.

    Raises:
        UserError: if pyarrow is not installed, or the columns are others.
    """
    try:
        return StoredArray(path=path, rows=_ParquetRows(path))
    except ModuleNotFoundError as error:
        raise UserError(f"{path} needs pyarrow: pip install 'interplm[parquet]'.") from error


def _reader(path: Path) -> Any:  # Any: a function of the path and the layer
    readers = {".npy": _read_npy, ".safetensors": _read_safetensors}
    return readers.get(path.suffix, _read_pt)


def _read_npy(path: Path, layer: int) -> StoredArray:
    rows = np.load(path, mmap_mode="r", allow_pickle=False)
    return StoredArray(path=path, rows=_checked(rows, path))


def _read_safetensors(path: Path, layer: int) -> StoredArray:
    from safetensors import SafetensorError, safe_open

    try:
        file = safe_open(path, framework="pt")
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        # Arrays stay in the file until rows of them are asked for.
        held = {
            name: _Slice(part) if len(part.get_shape()) == 2 else file.get_tensor(name)
            for name, part in slices.items()
        }
        return _of_mapping(path, held, layer)
    except SafetensorError as error:
        raise BrokenArtifact(f"{path} is damaged ({error}).") from error


def _read_pt(path: Path, layer: int) -> StoredArray:
    try:
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError:  # of before there was a format that can be mapped
        held = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(held, Tensor):
        return StoredArray(path=path, rows=_checked(held, path))
    if not isinstance(held, Mapping):
        raise UserError(f"{path} holds {type(held).__name__}, not a tensor or a dict of tensors.")
    return _of_mapping(path, held, layer)


def _of_mapping(path: Path, held: Mapping[str, Any], layer: int) -> StoredArray:
    if isinstance(held.get("representations"), Mapping):  # of fair-esm's extract.py
        layers = held["representations"]
        if layer not in layers:
            raise UserError(f"{path} holds the layers {sorted(layers)}, but not {layer}.")
        rows = _checked(layers[layer], path)
        return StoredArray(path=path, rows=rows, name=str(held.get("label") or path.stem))
    arrays = [value for value in held.values() if _is_array(value)]
    if len(arrays) != 1:
        raise UserError(f"{path} holds {len(arrays)} arrays of numbers with two axes, not one.")
    names = next((held[name] for name in _NAMES if name in held), None)
    return StoredArray(
        path=path,
        rows=_checked(arrays[0], path),
        lengths=_lengths(held, path, len(arrays[0])),
        accessions=None if names is None else [str(name) for name in names],
    )


def _lengths(held: Mapping[str, Any], path: Path, n_rows: int) -> list[int] | None:
    """From `lengths`, `offsets` with or without the end, or `boundaries`, pairs or offsets."""
    if _LENGTHS in held:
        return _whole([float(length) for length in held[_LENGTHS]], path)
    borders = held.get(_OFFSETS, held.get(_BOUNDARIES))
    if borders is None:
        return None
    array = np.asarray(borders)
    if array.ndim == 2:  # first row and end of each protein
        if (array[1:, 0] != array[:-1, 1]).any():
            raise UserError(f"{path}: the boundaries of its proteins leave rows out.")
        array = np.append(array[:, 0], array[-1, 1])
    elif len(array) and array[-1] != n_rows:
        array = np.append(array, n_rows)
    return _whole(np.diff(array).tolist(), path)


def _whole(lengths: Sequence[float], path: Path) -> list[int]:
    wrong = [length for length in lengths if length != int(length) or length < 1]
    if wrong:
        raise UserError(f"{path} says that a protein has {wrong[0]} residues, which cannot be.")
    return [int(length) for length in lengths]


def _checked(rows: Any, path: Path) -> Any:  # Any: an array of NumPy or torch
    if len(rows.shape) != 2 or 0 in rows.shape:
        raise UserError(
            f"{path} holds an array {list(rows.shape)}, not [n_residues, d_model]: save it without "
            "an axis for the batch."
        )
    if not _holds_numbers(rows):
        raise UserError(f"{path} holds {rows.dtype}, not real numbers: save activations as floats.")
    return rows


def _holds_numbers(rows: Any) -> bool:  # Any: as in `_checked`
    if isinstance(rows, Tensor):
        return not (rows.is_complex() or rows.dtype == torch.bool)
    return not isinstance(rows, np.ndarray) or rows.dtype.kind in "fiu"


def _is_array(value: Any) -> bool:  # Any: what a file may hold
    if isinstance(value, Tensor):
        return value.ndim == 2 and value.is_floating_point()
    return isinstance(value, _Slice)


class _Slice:
    """An array of a safetensors file, read as it is sliced."""

    def __init__(self, stored: Any) -> None:  # Any: safetensors has no types for it
        self._stored = stored
        self.shape = tuple(stored.get_shape())

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Tensor:
        part: Tensor = self._stored[rows]
        return part


class _ParquetRows:
    """Rows of a Parquet file, read whole when they are first asked for."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        schema, metadata = pq.read_schema(path), pq.read_metadata(path)
        n_columns = sum(name.startswith("dim_") for name in schema.names)
        if not n_columns and "act" not in schema.names:
            raise UserError(
                f"{path} has the columns {schema.names[:5]}, not act or dim_0, dim_1, …"
            )
        width = n_columns or schema.field("act").type.list_size
        self._path = path
        self.shape = (metadata.num_rows, width)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[np.float32]:
        return _parquet_rows(self._path, self.shape[1])[rows]


@lru_cache(maxsize=1)
def _parquet_rows(path: Path, width: int) -> NDArray[np.float32]:
    """Of one file at a time: there may be thousands."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    if "act" in table.column_names:
        flat = table.column("act").combine_chunks().values.to_numpy(zero_copy_only=False)
        return flat.astype(np.float32, copy=False).reshape(-1, width)
    columns = [table.column(f"dim_{number}").to_numpy() for number in range(width)]
    return np.stack(columns, axis=1).astype(np.float32, copy=False)
