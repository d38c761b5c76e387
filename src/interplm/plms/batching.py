"""Batches with little padding."""

from collections.abc import Sequence

from interplm.errors import UserError


def residue_batches(lengths: Sequence[int], *, max_residues: int) -> list[list[int]]:
    """Group sequences of similar length so that a padded batch stays within a budget.

    Sequences are taken from the longest to the shortest: padding is the difference between
    neighbours in that order, and a batch too large for the memory fails first, not last.

    Args:
        lengths: residues of each sequence.
        max_residues: the most residues, padding included, in a batch; a longer single sequence
            makes a batch of its own.

    Returns:
        Indices into `lengths`; each occurs exactly once.

    Raises:
        UserError: if the budget is below one residue.
    """
    if max_residues < 1:
        raise UserError(f"embedding.residues_per_batch must be at least 1, got {max_residues}.")
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[list[int]] = []
    width = 0
    for index in order:
        if batches and (len(batches[-1]) + 1) * width <= max_residues:
            batches[-1].append(index)
        else:
            batches.append([index])
            width = lengths[index]
    return batches
