"""Objects from configs, with the errors of their constructors."""

from typing import Any

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

from interplm.errors import UserError


def instantiate(config: Any, **overrides: Any) -> Any:  # Any: the target decides both ways
    """`hydra.utils.instantiate`, but a constructor's own complaint is raised as it is.

    Raises:
        UserError: what the constructor raised, or its ValueError as one.
    """
    if isinstance(config, DictConfig):
        # Hydra would name the place that refers to a missing value, not the one to fill.
        OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    try:
        return hydra.utils.instantiate(config, **overrides)
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, UserError):
            raise cause from None
        if isinstance(cause, ValueError):
            raise UserError(str(cause)) from error
        raise


def instantiate_all(group: DictConfig | None) -> list[Any]:
    """Instantiate every entry of a group that has not been set to null, in order."""
    entries = {} if group is None else group
    return [instantiate(entry) for entry in entries.values() if entry is not None]
