"""Activation stores with known contents."""

from pathlib import Path

import numpy as np

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.shard import shard_path
from interplm.activations.shard_writer import new_shard


def fingerprint(**changes) -> Fingerprint:
    values = {
        "plm": "small", "weights_sha256": "ab" * 32, "tokenizer_sha256": "ef" * 32,
        "layer": 3, "d_model": 4,
        "max_residues": 1022, "window_overlap": 256, "dtype": "float16",
        "computed_in": "float32", "proteins_sha256": "cd" * 32, "selection": "all",
        "unknown_residues": "absent",
    }  # fmt: skip
    return Fingerprint(**values | changes)


def write_store(
    folder: Path, lengths: list[list[int]], *, seed: int = 0, marked: bool = False, **changes
) -> list[np.ndarray]:
    """One shard for each list of protein lengths.

    Args:
        folder: of the store.
        lengths: residues of the proteins of each shard.
        seed: of the random values.
        marked: instead of random values, give every row its number, as two numbers below 2,048.
        changes: to the fingerprint.

    Returns:
        The rows of each protein, float32.
    """
    generator = np.random.default_rng(seed)
    made = fingerprint(**changes)
    proteins: list[np.ndarray] = []
    row = 0
    for index, shard in enumerate(lengths):
        names = [f"P{len(proteins) + i}" for i in range(len(shard))]
        with new_shard(
            shard_path(folder, index),
            fingerprint=made,
            accessions=names,
            lengths=shard,
            shard_index=index,
            n_shards=len(lengths),
        ) as writer:
            for protein, length in enumerate(shard):
                rows = generator.normal(size=(length, made.d_model)).astype(np.float32)
                if marked:
                    numbers = np.arange(row, row + length)
                    rows[:, 0], rows[:, 1] = numbers // 1024, numbers % 1024
                writer.write(protein, 0, rows)
                proteins.append(rows)
                row += length
    return proteins


def row_numbers(batch) -> list[int]:
    """Which rows of a marked store a batch holds."""
    return (batch[:, 0].int() * 1024 + batch[:, 1].int()).tolist()
