"""Controls: models that have the architecture but not what training taught."""

import hashlib
from collections.abc import Callable
from typing import Literal, TypeVar

import torch
from torch import nn

from interplm.errors import UserError

Control = Literal["untrained", "shuffled"]
_Network = TypeVar("_Network", bound=nn.Module)


def controlled(
    control: Control | None,
    *,
    seed: int,
    read: Callable[[], tuple[_Network, str]],
    untrained: Callable[[], _Network],
) -> tuple[_Network, str]:
    """A network as it was trained, or a control of it, for every family alike.

    Args:
        control: None, "untrained" (fresh weights) or "shuffled" (each parameter tensor permuted).
        seed: of the control; the global generators are left as they were.
        read: gives the trained network and the SHA-256 of its weights.
        untrained: makes one of the same sizes, initialised by the global generator.

    Returns:
        The network and the SHA-256 of its weights.

    Raises:
        UserError: for another control.
    """
    if control is None:
        return read()
    if control == "untrained":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = untrained()
    elif control == "shuffled":
        network, _ = read()
        shuffle_parameters(network, seed=seed)
    else:
        raise UserError(f"plm.control must be null, untrained or shuffled, got {control!r}.")
    return network, parameters_sha256(network)


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
