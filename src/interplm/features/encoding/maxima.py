"""The maximum of each feature, which thresholds are fractions of."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from interplm.features.encoding.blocks import ActivationBlock
from interplm.features.encoding.representations import Dictionary


@torch.inference_mode()
def feature_maxima(
    dictionary: Dictionary,
    activations: Iterator[ActivationBlock],
    *,
    residues_per_batch: int,
    device: torch.device | str,
    on_progress: Callable[[int], object] = lambda n_residues: None,
) -> Tensor:
    """Largest value of each feature, float32 [d_sae] on the CPU; 0 where it never fired.

    Maxima over parts of a store merge by `torch.maximum`.

    Args:
        dictionary: on `device`, not normalised.
        activations: from `activation_blocks`.
        residues_per_batch: rows that are encoded together.
        device: of the dictionary.
        on_progress: told how many more residues are done.
    """
    maxima = torch.zeros(dictionary.d_sae, device=device)
    for block in activations:
        for batch in torch.from_numpy(block.rows).split(residues_per_batch):
            features = dictionary.encode(batch.to(device).float())
            torch.maximum(maxima, features.amax(dim=0), out=maxima)
        on_progress(len(block.rows))
    return maxima.float().cpu()
