"""One HDF5 file: the activations of consecutive proteins at one layer.

activations      [n_residues, d_model] float16 or float32, residues only, in protein order
row_checksums    [n_pieces] uint64, of each protein's rows; see `piece_borders`
offsets          [n_proteins + 1] int64; protein i owns rows offsets[i]:offsets[i + 1]
accessions       [n_proteins] UTF-8
sum, square_sum  [d_model] float64, over all rows as computed, before rounding to float16
attributes       the fingerprint, shard_index, n_shards, checksum

Everything has a checksum, taken of the values as they are read, so that damage anywhere in the
file is an error and not another number.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from interplm.activations.fingerprint import SCHEMA_VERSION, Fingerprint
from interplm.errors import BrokenArtifact
from interplm.files.access import telling_access
from interplm.files.checksum import checksum_of, checksum_of_values

CHECKSUM = "checksum"
_AGAIN = "delete it and run `python -m interplm.embed` again; finished shards are kept."
# What h5py raises for a file whose structure is damaged.
_UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardHeader:
    """All of a shard but its rows."""

    path: Path
    fingerprint: Fingerprint
    shard_index: int
    n_shards: int
    offsets: NDArray[np.int64]
    rows_per_chunk: int
    sum: NDArray[np.float64]
    square_sum: NDArray[np.float64]

    @property
    def n_residues(self) -> int:
        """Rows in the file."""
        return int(self.offsets[-1])


def shard_path(folder: Path, shard_index: int) -> Path:
    """The file of a shard."""
    return folder / f"shard_{shard_index:05d}.h5"


def piece_borders(offsets: NDArray[np.int64], rows_per_chunk: int) -> NDArray[np.int64]:
    """Where the stretches of rows with a checksum of their own begin, and the end; ascending.

    A stretch is a protein, or a part of one where a chunk ends within it: what is read for
    training or for one protein never needs other rows to be verified.
    """
    return np.union1d(offsets, np.arange(0, offsets[-1], rows_per_chunk))


def attributes_checksum(attributes: Mapping[str, Any]) -> str:
    """Of names and plain values but the checksum itself; Any as HDF5 gives them."""
    return checksum_of_values({n: str(value) for n, value in attributes.items() if n != CHECKSUM})


def accessions_checksum(accessions: list[str]) -> int:
    """Of the names and their order."""
    return checksum_of(json.dumps(accessions).encode())


def read_header(path: Path) -> ShardHeader:
    """Read and check everything but the rows and the accessions.

    Raises:
        BrokenArtifact: for a damaged or foreign file or another schema version.
        InaccessibleFile: for one that can't be opened, which says nothing against it.
    """
    with opened_shard(path) as file, reading(path):
        attributes = {name: _plain(value) for name, value in file.attrs.items()}
        version = int(attributes["schema_version"])
        if version != SCHEMA_VERSION:
            raise BrokenArtifact(
                f"{path} has schema version {version}; this InterPLM reads {SCHEMA_VERSION}, which "
                "says how letters became tokens too: delete the dataset's folder and embed again."
            )
        _verify(path, "attributes", attributes[CHECKSUM], attributes_checksum(attributes))
        rows = file["activations"]
        header = ShardHeader(
            path=path,
            fingerprint=Fingerprint.from_dict(attributes),
            shard_index=int(attributes["shard_index"]),
            n_shards=int(attributes["n_shards"]),
            offsets=_read(path, file["offsets"]),
            rows_per_chunk=rows.chunks[0],
            sum=_read(path, file["sum"]),
            square_sum=_read(path, file["square_sum"]),
        )
        if rows.shape != (header.n_residues, header.fingerprint.d_model):
            raise ValueError("activations have another shape than offsets and d_model say")
        return header


def read_accessions(path: Path) -> list[str]:
    """Accessions of a shard's proteins, in the order of its rows."""
    with opened_shard(path) as file, reading(path):
        stored = file["accessions"]
        accessions = [str(accession) for accession in stored.asstr()[:]]
        _verify(path, "accessions", stored.attrs[CHECKSUM], accessions_checksum(accessions))
        return accessions


@contextmanager
def opened_shard(path: Path) -> Iterator[h5py.File]:
    """Open for reading; a file that is not whole gives BrokenArtifact with the mend."""
    try:
        with telling_access(path):
            # Chunks are not compressed, so a part of one is read without the rest; caching whole
            # ones would cost some MiB for every open file. Locks guard against a writer, but a
            # shard appears when it is whole and never changes.
            file = h5py.File(path, "r", rdcc_nbytes=0, locking=False)
    except FileNotFoundError:
        raise
    except _UNREADABLE as error:
        raise BrokenArtifact(f"{path} is truncated or not HDF5 ({error}): {_AGAIN}") from error
    with file:
        yield file


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What goes wrong while an open shard is read means damage, unless the system refuses."""
    try:
        with telling_access(path):
            yield
    except KeyError as error:
        raise BrokenArtifact(f"{path} is not an activation shard (no {error}): {_AGAIN}") from error
    except _UNREADABLE as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): {_AGAIN}") from error


def check_rows(path: Path, rows: NDArray[Any], wanted: int, first: int) -> None:
    """Raise BrokenArtifact unless the rows of a stretch have the checksum that was stored.

    Args:
        path: of the shard.
        rows: [n, d_model], contiguous.
        wanted: what was stored.
        first: number of the first row, for the message.
    """
    _verify(path, f"rows from {first} on", wanted, checksum_of(rows))


def _plain(value: Any) -> str | int:  # Any: as HDF5 gives it, by kind of text
    """Text or number of an attribute."""
    return value.decode() if isinstance(value, bytes) else value


def _read(path: Path, dataset: h5py.Dataset) -> NDArray[Any]:
    values: NDArray[Any] = dataset[:]
    _verify(path, dataset.name, dataset.attrs[CHECKSUM], checksum_of(values))
    return values


def _verify(path: Path, what: str, wanted: Any, found: int | str) -> None:
    if wanted != found:  # Any as HDF5 gives it
        raise BrokenArtifact(f"{path} is damaged ({what} do not match the checksum): {_AGAIN}")
