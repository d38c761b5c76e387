import subprocess
import sys

import numpy as np
import torch
from umap import umap_

from interplm.features.profile.feature_map import _keep_compiled, feature_map


def clustered(n_per_cluster, n_clusters=4, d_in=12):
    generator = torch.Generator().manual_seed(0)
    centres = torch.eye(d_in)[:n_clusters].repeat_interleave(n_per_cluster, dim=0)
    return centres + 0.05 * torch.randn(len(centres), d_in, generator=generator)


def separation(places, n_per_cluster):
    """Distance to the own centre over the smallest distance between centres."""
    groups = places.reshape(-1, n_per_cluster, 2)
    centres = groups.mean(axis=1)
    spread = np.linalg.norm(groups - centres[:, None], axis=2).max()
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    return spread / gaps[gaps > 0].min()


def test_similar_directions_lie_together_and_the_same_seed_gives_the_same_map():
    W_dec = clustered(20)
    places = feature_map(W_dec, n_neighbors=10, min_dist=0.1, seed=0)
    assert places.shape == (80, 2)
    assert places.dtype == np.float32
    assert separation(places, 20) < 0.5
    assert np.array_equal(places, feature_map(W_dec, n_neighbors=10, min_dist=0.1, seed=0))


def test_lengths_do_not_matter():
    W_dec = clustered(3)
    scaled = W_dec * torch.linspace(0.5, 9, 12)[:, None]
    one, other = (feature_map(x, n_neighbors=10, min_dist=0.1, seed=0) for x in (W_dec, scaled))
    assert np.allclose(np.abs(one), np.abs(other), atol=1e-5)


def test_few_features_are_placed_too():
    places = feature_map(clustered(3, n_clusters=3), n_neighbors=10, min_dist=0.1, seed=0)
    assert separation(places, 3) < 0.5
    for n in (1, 2):
        places = feature_map(torch.eye(n, 4), n_neighbors=10, min_dist=0.1, seed=0)
        assert places.shape == (n, 2)
        assert np.isfinite(places).all()


def test_umap_is_not_imported_before_it_is_needed():
    code = "import sys, interplm.features.profile.feature_map; sys.exit('umap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_numba_compiles_is_kept():
    feature_map(clustered(20), n_neighbors=10, min_dist=0.1, seed=0)
    kept = umap_.smooth_knn_dist.stats
    assert sum(kept.cache_hits.values()) + sum(kept.cache_misses.values()) > 0


def test_a_folder_that_takes_nothing_is_no_error(monkeypatch):
    class ReadOnly:
        def enable_caching(self):
            raise RuntimeError("cannot cache function: no locator available for file")

    monkeypatch.setattr(umap_, "smooth_knn_dist", ReadOnly())
    _keep_compiled()
