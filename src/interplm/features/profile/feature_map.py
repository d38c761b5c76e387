"""A map of all features on which similar decoder directions lie close together."""

import warnings
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from interplm.features.profile.neighbours import decoder_neighbours

# Below so many features UMAP's spectral start is not defined, and a map has nothing to show.
_FEWEST_FOR_UMAP = 50


def feature_map(
    W_dec: Tensor, *, n_neighbors: int, min_dist: float, seed: int
) -> NDArray[np.float32]:
    """Place every feature by UMAP of its decoder direction with cosine distance.

    (McInnes et al. 2018; the same map in Simon & Zou 2024, Figure 4.) Of few features it is the
    plane of their two principal components.

    Args:
        W_dec: [d_sae, d_in].
        n_neighbors: size of the neighbourhood that is preserved.
        min_dist: how close points may lie, 0..1.
        seed: the same seed gives the same map on the same machine.

    Returns:
        float32 [d_sae, 2].
    """
    directions = nn.functional.normalize(W_dec.detach().float(), dim=1)
    d_sae = len(directions)
    if d_sae < _FEWEST_FOR_UMAP:
        return _principal_plane(directions.cpu().numpy())
    # Exact neighbours are cheap to find here, and spare the approximate search its compilation.
    nearest = decoder_neighbours(directions, n_others=min(n_neighbors, d_sae) - 1)
    itself = np.arange(d_sae)[:, None]
    index = np.concatenate((itself, nearest.other), axis=1)
    distance = np.concatenate((np.zeros((d_sae, 1)), 1 - nearest.cosine), axis=1)
    with warnings.catch_warnings():
        # About threads with a seed and about mapping new points, which is not wanted.
        warnings.filterwarnings("ignore", module="umap")
        # Importing it takes seconds, since it compiles.
        from umap import UMAP

        _keep_compiled()
        mapper = UMAP(
            n_neighbors=index.shape[1],
            min_dist=min_dist,
            metric="cosine",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(index, distance.clip(min=0).astype(np.float32)),
        )
        places: NDArray[np.float32] = mapper.fit_transform(directions.cpu().numpy())
    return places


def _keep_compiled() -> None:
    """Let numba keep what it compiles of UMAP, or else every process spends seven seconds on it."""
    from umap import layouts, umap_, utils

    for module in (layouts, umap_, utils):
        for value in vars(module).values():
            if hasattr(value, "enable_caching"):
                # It finds no folder to write to.
                with suppress(RuntimeError):
                    value.enable_caching()


def _principal_plane(directions: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = directions - directions.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(centred), 2), np.float32)
    n_axes = min(2, len(scale))
    plane[:, :n_axes] = left[:, :n_axes] * scale[:n_axes]
    return plane
