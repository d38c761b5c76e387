"""Where a PLM computes."""

import torch

from interplm.errors import UserError


def choose_device(name: str) -> torch.device:
    """A device by name; "auto" takes an accelerator if there is one.

    Raises:
        UserError: for a device that this machine lacks.
    """
    if name == "auto":
        accelerator = torch.accelerator.current_accelerator()
        return accelerator if accelerator is not None else torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UserError(
            f"embedding.device={name} cannot be used here ({str(error).splitlines()[0]}): "
            "choose auto or cpu."
        ) from error
    return device
