"""What a search is for: figures of a finished job, each with a direction."""

from collections.abc import Mapping, Sequence

from interplm.errors import UserError


def objective(
    figures: Mapping[str, float] | None, metric: str | Sequence[str]
) -> float | list[float | None] | None:
    """What a job returns to the one who optimises it.

    Args:
        figures: of the finished job, by name; None where it is not finished.
        metric: `optimized_metric`, one name or several.

    Returns:
        One value, or a list in the order of the names; None for what is not among the figures.
    """
    if figures is None:
        return None
    if isinstance(metric, str):
        return figures.get(metric)
    return [figures.get(name) for name in metric]


def directions_of(
    metric: str | Sequence[str], direction: str | Sequence[str], *, is_pruning: bool
) -> dict[str, str]:
    """The direction of each figure, by name.

    Args:
        metric: `optimized_metric`, one name or several.
        direction: as many.
        is_pruning: whether runs are ended early by what they measure at validations.

    Raises:
        UserError: unless each figure has a direction, and where several are to prune by.
    """
    names = [metric] if isinstance(metric, str) else list(metric)
    given = [direction] if isinstance(direction, str) else list(direction)
    if len(names) != len(given):
        raise UserError(
            f"optimized_metric has {len(names)} figures and hydra.sweeper.direction {len(given)} "
            "directions: give each figure one, maximize or minimize."
        )
    if len(names) > 1 and is_pruning:
        raise UserError(
            "Runs can be pruned by one figure only: with several in optimized_metric add "
            "callbacks.pruning=null."
        )
    return dict(zip(names, given, strict=True))
