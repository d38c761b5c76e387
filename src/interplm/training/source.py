"""The activations that a trainer fits to."""

import lightning as L

from interplm.activations import ActivationSource
from interplm.activations.source import check_source


def source_of(trainer: L.Trainer) -> ActivationSource:
    """What `Trainer.fit` was given as `datamodule`.

    Raises:
        UserError: if it lacks what an activation source must have.
    """
    return check_source(trainer.datamodule)  # type: ignore[attr-defined]  # set by Trainer.fit
