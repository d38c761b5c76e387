"""How close the directions of a decoder lie to one another."""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def nearest_rows(W_dec: Tensor, *, n_others: int, block_rows: int) -> tuple[Tensor, Tensor]:
    """For each row the rows nearest to it by cosine, the row itself left out, the nearest first.

    Near 1 means that two features write almost the same direction. Blocks of rows are compared
    with all rows at a time, so memory is block_rows · d_sae and not d_sae².

    Args:
        W_dec: [d_sae, d_in]; a row of zeros has cosine 0 with every other.
        n_others: for each row; fewer where there are no more others.
        block_rows: rows compared at a time.

    Returns:
        Their cosines, in the dtype of W_dec, and their numbers, int64; both [d_sae, n_others].

    Raises:
        ValueError: if block_rows is below 1.

    Example:
        >>> W_dec = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
        >>> nearest_rows(W_dec, n_others=1, block_rows=2)[0].squeeze(1)
        tensor([1., 1., 0.])
    """
    if block_rows < 1:
        raise ValueError(f"block_rows must be at least 1, got {block_rows}.")
    directions = normalize(W_dec, dim=1)
    n_others = min(n_others, len(directions) - 1)
    nearest = W_dec.new_empty(len(directions), n_others)
    others = torch.empty_like(nearest, dtype=torch.int64)
    for start in range(0, len(directions), block_rows):
        block = slice(start, start + block_rows)
        cosines = directions[block] @ directions.T
        cosines.diagonal(start).fill_(-torch.inf)
        nearest[block], others[block] = cosines.topk(n_others, dim=1)
    return nearest, others
