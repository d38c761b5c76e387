"""Random sparse features as blocks, and the same dense to compare with."""

import numpy as np

from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.profile.firing import ProteinRuns, runs_of


def random_features(rng, lengths, d_sae, *, density=0.2) -> np.ndarray:
    """Dense [n_residues, d_sae] in (0, 1] or 0, with ties; the last feature never fires."""
    shape = (sum(lengths), d_sae)
    values = rng.integers(1, 21, shape).astype(np.float32) / 20
    dense = np.where(rng.random(shape) < density, values, np.float32(0))
    dense[:, -1] = 0
    return dense


def block_of(dense: np.ndarray, lengths, proteins=None) -> FeatureBlock:
    row, feature = np.nonzero(dense)
    return FeatureBlock(
        proteins=np.asarray(range(len(lengths)) if proteins is None else proteins, np.int64),
        offsets=np.append(0, np.cumsum(lengths)).astype(np.int64),
        indptr=np.append(0, np.cumsum(np.bincount(row, minlength=len(dense)))),
        feature=feature.astype(np.int32),
        value=dense[row, feature],
    )


def split_blocks(dense: np.ndarray, lengths, sizes) -> list[FeatureBlock]:
    """Blocks of so many proteins each."""
    offsets = np.append(0, np.cumsum(lengths))
    blocks, first = [], 0
    for size in sizes:
        stop = first + size
        rows = dense[offsets[first] : offsets[stop]]
        blocks.append(block_of(rows, lengths[first:stop], range(first, stop)))
        first = stop
    return blocks


def runs(dense: np.ndarray, lengths) -> ProteinRuns:
    return runs_of(block_of(dense, lengths), d_sae=dense.shape[1])


def by_protein(dense: np.ndarray, lengths) -> list[np.ndarray]:
    return np.split(dense, np.cumsum(lengths)[:-1])
