"""How close the directions of a decoder lie to one another."""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def nearest_cosines(W_dec: Tensor, *, block_rows: int) -> Tensor:
    """Cosine of each row with the row nearest to it, the row itself left out; [d_sae].

    Near 1 means that two features write almost the same direction. Blocks of rows are compared
    with all rows at a time, so memory is block_rows · d_sae and not d_sae².

    Args:
        W_dec: [d_sae, d_in]; a row of zeros has cosine 0 with every other.
        block_rows: rows compared at a time.

    Returns:
        In the dtype of W_dec; NaN for a decoder of one row, which has no other.

    Raises:
        ValueError: if block_rows is below 1.

    Example:
        >>> nearest_cosines(torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), block_rows=2)
        tensor([1., 1., 0.])
    """
    if block_rows < 1:
        raise ValueError(f"block_rows must be at least 1, got {block_rows}.")
    directions = normalize(W_dec, dim=1)
    if len(directions) < 2:
        return W_dec.new_full((len(directions),), torch.nan)
    nearest = W_dec.new_empty(len(directions))
    for start in range(0, len(directions), block_rows):
        block = slice(start, start + block_rows)
        cosines = directions[block] @ directions.T
        cosines.diagonal(start).fill_(-torch.inf)
        nearest[block] = cosines.amax(dim=1)
    return nearest
