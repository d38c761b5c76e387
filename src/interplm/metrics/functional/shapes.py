"""The one thing that every measure of a reconstruction needs."""

from torch import Tensor


def check_same_shape(x: Tensor, reconstruction: Tensor) -> None:
    """Raise ValueError unless both are of one shape; broadcasting would hide a mistake."""
    if x.shape != reconstruction.shape:
        raise ValueError(f"x is {tuple(x.shape)}, reconstruction {tuple(reconstruction.shape)}.")
