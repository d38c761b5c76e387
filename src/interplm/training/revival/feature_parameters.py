"""Which parts of an SAE's parameters belong to which feature."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from interplm.sae import SparseAutoencoder


def feature_parameters(sae: SparseAutoencoder) -> Iterator[tuple[str, nn.Parameter, int]]:
    """Name, parameter and axis of its features, for every parameter that has such an axis.

    Names decide for the decoder, since d_in and d_sae may be equal.
    """
    for name, parameter in sae.named_parameters():
        if name == "W_dec":
            yield name, parameter, 0
        elif name != "b_dec" and parameter.ndim and parameter.shape[-1] == sae.d_sae:
            yield name, parameter, parameter.ndim - 1


@torch.no_grad()
def reset_moments_(sae: SparseAutoencoder, optimizer: Optimizer, features: Tensor) -> None:
    """Set to zero what the optimiser remembers of features [n], such as Adam's moments."""
    for _, parameter, axis in feature_parameters(sae):
        for moment in optimizer.state[parameter].values():
            if isinstance(moment, Tensor) and moment.shape == parameter.shape:
                moment.index_fill_(axis, features, 0.0)


@torch.no_grad()
def replace_weights_(
    sae: SparseAutoencoder, features: Tensor, directions: Tensor, *, encoder_scale: float
) -> None:
    """Point features at directions and let all else of theirs be as in the other features.

    A row of W_dec becomes the direction, with the mean norm of the others; a column of an encoder
    the direction times `encoder_scale` times the mean norm of the others; a bias zero; any other
    number of a feature, such as a threshold, the mean of the others.

    Args:
        sae: changed in place.
        features: int64 [n].
        directions: [n, d_in], unit norm.
        encoder_scale: 0.2 in Bricken et al. 2023.
    """
    is_other = torch.ones(sae.d_sae, dtype=torch.bool, device=features.device)
    is_other[features] = False
    others = is_other.nonzero().squeeze(1) if is_other.any() else features
    for name, parameter, axis in feature_parameters(sae):
        of_others = parameter.index_select(axis, others)
        if parameter.ndim == 1:
            value = 0.0 if name.startswith("b_") else float(of_others.mean())
            parameter.index_fill_(0, features, value)
            continue
        norm = of_others.norm(dim=1 - axis).mean()
        if axis == 1:
            norm = norm * encoder_scale
        new = directions * norm
        parameter.index_copy_(axis, features, new if axis == 0 else new.T)
