"""Where a PLM computes."""

import torch

from interplm.errors import UserError


def choose_device(name: str, *, setting: str) -> torch.device:
    """A device by name; "auto" takes an accelerator if there is one.

    Args:
        name: auto, or as torch names it.
        setting: where the name comes from, for the message.

    Raises:
        UserError: for a device that this machine lacks.
    """
    if name == "auto":
        return _accelerator() or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UserError(
            f"{setting}={name} cannot be used here ({str(error).splitlines()[0]}): "
            "choose auto or cpu."
        ) from error
    return device


def _accelerator() -> torch.device | None:
    """The accelerator that can be used now: a CUDA build names cuda on machines without a GPU."""
    if not torch.accelerator.is_available():
        return None
    return torch.accelerator.current_accelerator()
