"""The maximum of each feature, which thresholds are fractions of."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from interplm.features.encoding.blocks import ActivationBlock
from interplm.features.encoding.representations import Representation


@torch.inference_mode()
def feature_maxima(
    representation: Representation,
    activations: Iterator[ActivationBlock],
    *,
    residues_per_batch: int,
    device: torch.device | str,
    on_progress: Callable[[int], object] = lambda n_residues: None,
) -> Tensor:
    """Largest value of each feature, float32 [d_sae] on the CPU; 0 where it never fired.

    Maxima over parts of a store merge by `torch.maximum`.

    Args:
        representation: on `device`, not normalised.
        activations: from `activation_blocks`.
        residues_per_batch: rows that are encoded together.
        device: of the representation.
        on_progress: told how many more residues are done.
    """
    maxima = torch.zeros(representation.d_sae, device=device)
    for block in activations:
        for batch in torch.from_numpy(block.rows).split(residues_per_batch):
            features = representation.encode(batch.to(device).float())
            torch.maximum(maxima, features.amax(dim=0), out=maxima)
        on_progress(len(block.rows))
    return maxima.float().cpu()
