"""A PLM of ESM-2's smallest size with random weights, and an SAE that fits it as others publish."""

from pathlib import Path

import torch
from tests.plms.checkpoints import network, write_official

from interplm import load_plm
from interplm.evaluation.probe import probe_states

LAYER = 4


def write_weights(torch_home: Path) -> Path:
    """Where torch would have downloaded them."""
    path = torch_home / "hub" / "checkpoints" / "esm2_t6_8M_UR50D.pt"
    path.parent.mkdir(parents=True)
    return write_official(network(6, 320, 20), path)


def write_sae(repository: Path, *, weights: Path, n_components: int = 32) -> None:
    """`layer_4` of a repository of the original InterPLM: components and their opposites.

    ReLU of a component and of its opposite is as good as the component, so reconstructions are
    those of principal components.
    """
    states = probe_states(load_plm("esm2_8m", weights=str(weights)))[LAYER]
    mean = states.mean(0)
    components = torch.linalg.svd(states - mean, full_matrices=False).Vh[:n_components]
    directions = torch.cat([components, -components])
    maxima = ((states - mean) @ directions.T).amax(0)
    sae = {"bias": mean, "encoder.bias": torch.zeros(len(directions))}
    folder = repository / f"layer_{LAYER}"
    folder.mkdir()
    raw = {"encoder.weight": directions, "decoder.weight": directions.T.contiguous()}
    torch.save(sae | raw, folder / "ae_unnormalized.pt")
    folded = {
        "encoder.weight": directions / maxima[:, None],
        "decoder.weight": (directions * maxima[:, None]).T.contiguous(),
    }
    torch.save(sae | folded, folder / "ae_normalized.pt")
