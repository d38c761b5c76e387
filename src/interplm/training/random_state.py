"""The random generators of torch, so that a resumed run draws what the whole one would have."""

from typing import Any

import torch


def random_state() -> dict[str, Any]:
    """Of the CPU and of every CUDA device, as tensors in plain containers, hence Any."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def restore_random_state(state: dict[str, Any]) -> None:
    """Set what `random_state` returned; of CUDA only where as many devices are there."""
    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
