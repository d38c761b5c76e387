"""A store's activations as sparse features, in blocks of whole proteins."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.activations.shard import ShardHeader, read_accessions
from interplm.activations.shard_rows import opened_rows
from interplm.errors import FingerprintMismatch
from interplm.features.encoding.representations import Representation

# A block is handed on when it holds so many residues or features that fired: enough to make the
# fixed cost of counting a block small, few enough to keep it within some hundred megabytes.
_BLOCK_RESIDUES = 32_768
_BLOCK_ENTRIES = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationBlock:
    """Activations of whole proteins.

    Attributes:
        proteins: the caller's numbers of them, int64 [n_proteins].
        offsets: protein i owns rows offsets[i]:offsets[i + 1], int64 [n_proteins + 1].
        rows: [n_residues, d_model], as stored.
    """

    proteins: NDArray[np.int64]
    offsets: NDArray[np.int64]
    rows: NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureBlock:
    """Features of whole proteins, of which only those that fired are kept.

    Attributes:
        proteins: the caller's numbers of them, int64 [n_proteins].
        offsets: protein i owns rows offsets[i]:offsets[i + 1], int64 [n_proteins + 1].
        indptr: row r owns entries indptr[r]:indptr[r + 1], int64 [n_residues + 1].
        feature: of each entry, ascending within a row, int32 [n_entries].
        value: of each entry, above zero, float32 [n_entries].
    """

    proteins: NDArray[np.int64]
    offsets: NDArray[np.int64]
    indptr: NDArray[np.int64]
    feature: NDArray[np.int32]
    value: NDArray[np.float32]

    @property
    def n_residues(self) -> int:
        """Rows."""
        return int(self.offsets[-1])

    def with_values(self, value: NDArray[np.float32]) -> "FeatureBlock":
        """The same entries with other values, [n_entries]."""
        return replace(self, value=value)

    @classmethod
    def joined(cls, blocks: "Sequence[FeatureBlock]") -> "FeatureBlock":
        """The proteins of all blocks, in order."""
        if len(blocks) == 1:
            return blocks[0]
        return cls(
            proteins=np.concatenate([block.proteins for block in blocks]),
            offsets=_joined_offsets([block.offsets for block in blocks]),
            indptr=_joined_offsets([block.indptr for block in blocks]),
            feature=np.concatenate([block.feature for block in blocks]),
            value=np.concatenate([block.value for block in blocks]),
        )


def protein_numbers(
    shards: Sequence[ShardHeader], wanted: Mapping[str, int], lengths: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """For each shard the number of each of its proteins, -1 for those that are not wanted.

    Args:
        shards: of one store.
        wanted: accession to number.
        lengths: residues of each number, to make sure that the sequences are the same.

    Raises:
        FingerprintMismatch: where a protein has other residues in the store.
    """
    found = []
    for shard in shards:
        accessions = read_accessions(shard.path)
        numbers = np.array([wanted.get(name, -1) for name in accessions], dtype=np.int64)
        wrong = (numbers >= 0) & (np.diff(shard.offsets) != lengths[numbers])
        if wrong.any():
            index = int(np.flatnonzero(wrong)[0])
            raise FingerprintMismatch(
                f"{accessions[index]} has {np.diff(shard.offsets)[index]} residues in {shard.path} "
                f"and {lengths[numbers[index]]} in the annotations: take both from one release, "
                "and embed again."
            )
        found.append(numbers)
    return found


def activation_blocks(
    shards: Sequence[ShardHeader], numbers: Sequence[NDArray[np.int64]], *, max_residues: int
) -> Iterator[ActivationBlock]:
    """The proteins of each shard whose number is not negative, in order.

    Args:
        shards: of one store.
        numbers: for each shard, as from `protein_numbers`.
        max_residues: rows in a block; a protein that is longer makes a block of its own.
    """
    for shard, number in zip(shards, numbers, strict=True):
        chosen = np.flatnonzero(number >= 0)
        with opened_rows(shard) as stored:
            lengths = np.diff(shard.offsets)[chosen]
            for group in _groups(lengths, max_residues):
                proteins = chosen[group]
                starts, stops = shard.offsets[proteins], shard.offsets[proteins + 1]
                joint = np.flatnonzero(starts[1:] != stops[:-1]) + 1
                first, last = np.append(0, joint), np.append(joint, len(proteins)) - 1
                rows = [stored[a:b] for a, b in zip(starts[first], stops[last], strict=True)]
                yield ActivationBlock(
                    proteins=number[proteins],
                    offsets=np.append(0, np.cumsum(lengths[group])),
                    rows=rows[0] if len(rows) == 1 else np.concatenate(rows),
                )


def feature_blocks(
    representation: Representation,
    activations: Iterator[ActivationBlock],
    *,
    residues_per_batch: int,
    device: torch.device | str,
    on_progress: Callable[[int], object] = lambda n_residues: None,
) -> Iterator[FeatureBlock]:
    """Encode every residue once; dense features exist for one batch at a time.

    Args:
        representation: on `device`.
        activations: from `activation_blocks`.
        residues_per_batch: rows that are encoded together.
        device: of the representation.
        on_progress: told how many more residues are done.
    """
    return joined_blocks(
        encoded_blocks(
            representation,
            activations,
            residues_per_batch=residues_per_batch,
            device=device,
            on_progress=on_progress,
        )
    )


def joined_blocks(blocks: Iterable[FeatureBlock]) -> Iterator[FeatureBlock]:
    """The same proteins in blocks that are large enough to be counted at little cost."""
    waiting: list[FeatureBlock] = []
    for block in blocks:
        waiting.append(block)
        if (
            sum(part.n_residues for part in waiting) >= _BLOCK_RESIDUES
            or sum(len(part.feature) for part in waiting) >= _BLOCK_ENTRIES
        ):
            yield FeatureBlock.joined(waiting)
            waiting = []
    if waiting:
        yield FeatureBlock.joined(waiting)


@torch.inference_mode()
def encoded_blocks(
    representation: Representation,
    activations: Iterator[ActivationBlock],
    *,
    residues_per_batch: int,
    device: torch.device | str,
    on_progress: Callable[[int], object],
) -> Iterator[FeatureBlock]:
    """As `feature_blocks`, one for each block of activations."""
    for block in activations:
        batches = torch.from_numpy(block.rows).split(residues_per_batch)
        parts = [_sparse(representation.encode(batch.to(device).float())) for batch in batches]
        on_progress(len(block.rows))
        yield FeatureBlock(
            proteins=block.proteins,
            offsets=block.offsets,
            indptr=_joined_offsets([part[0] for part in parts]),
            feature=np.concatenate([part[1] for part in parts]),
            value=np.concatenate([part[2] for part in parts]),
        )


def _sparse(
    features: Tensor,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """indptr, feature and value of the entries above zero, found on the device."""
    n_rows, d_sae = features.shape
    flat = features.flatten()
    index = (flat > 0).nonzero().squeeze(1)
    row = torch.div(index, d_sae, rounding_mode="floor")
    n_fired = torch.bincount(row, minlength=n_rows)
    return (
        np.append(0, n_fired.cumsum(0).cpu().numpy()),
        (index - row * d_sae).int().cpu().numpy(),
        flat[index].cpu().numpy(),
    )


def _groups(lengths: NDArray[np.int64], max_residues: int) -> Iterator[slice]:
    """Neighbouring proteins of at most so many residues together, one protein at least."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        before = ends[first] - lengths[first]
        stop = max(first + 1, int(np.searchsorted(ends, before + max_residues, side="right")))
        yield slice(first, stop)
        first = stop


def _joined_offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.append(0, np.cumsum(np.concatenate([np.diff(part) for part in parts])))
