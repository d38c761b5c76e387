"""GroupMax sparse autoencoder: features in groups, of which one each may fire."""

import torch
from torch import Tensor

from interplm.sae.selection import Kernel
from interplm.sae.topk import TopKSAE


class GroupMaxSAE(TopKSAE):
    """features = the largest of each of k groups of ReLU((t(x) - b_dec) W_enc + b_enc).

    The groups are neighbouring features, d_sae / k in each: finding their maxima takes the place of
    TopK's search over all features (github.com/EleutherAI/sparsify). The loss is TopK's.
    """

    architecture = "groupmax"

    def __init__(self, *, d_in: int, d_sae: int, k: int, kernel: Kernel) -> None:
        if k > 0 and d_sae % k:
            raise ValueError(
                f"sae.d_sae must be a multiple of sae.k, the number of groups: got {d_sae} and {k}."
            )
        super().__init__(d_in=d_in, d_sae=d_sae, k=k, kernel=kernel)

    def largest(self, pre_activations: Tensor) -> tuple[Tensor, Tensor]:
        """The largest entry of each group of every row."""
        size = self.d_sae // self.k
        values, places = pre_activations.unflatten(-1, (self.k, size)).max(dim=-1)
        return values, places + torch.arange(0, self.d_sae, size, device=places.device)
