"""Controls: models that have the architecture but not what training taught."""

import hashlib
from typing import Literal

import torch
from torch import nn

Control = Literal["untrained", "shuffled"]


def control_suffix(control: str | None, seed: int) -> str:
    """What a PLM's name gains from a control: "" or, say, "_shuffled0"."""
    return "" if control is None else f"_{control}{seed}"


@torch.no_grad()
def shuffle_parameters(network: nn.Module, *, seed: int) -> None:
    """Permute the values within each parameter tensor, in place.

    Every tensor keeps its distribution and loses what it computes: the randomised ESM of Simon &
    Zou (2024).
    """
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))


def parameters_sha256(network: nn.Module) -> str:
    """SHA-256 over names, shapes and float32 values of all parameters."""
    digest = hashlib.sha256()
    for name, parameter in network.named_parameters():
        digest.update(f"{name} {tuple(parameter.shape)}\n".encode())
        values = parameter.detach().to("cpu", torch.float32).contiguous()
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()
