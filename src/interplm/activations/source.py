"""What training needs of activations, wherever they come from."""

from collections.abc import Iterable
from typing import Any, Protocol

from torch import Tensor

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.statistics import ActivationStatistics
from interplm.errors import UserError


class ActivationSource(Protocol):
    """Activations of training and of validation proteins: a LightningDataModule with these parts.

    Batches are [n_residues, d_model], of any floating dtype. A loader is no list, which Lightning
    takes for several loaders. That of training also has `state_dict` and `load_state_dict`, so
    that an interrupted run goes on with the next batch.

    Attributes:
        fingerprint: of the activations, with their width d_model.
        statistics: moments of the training inputs, exact or estimated.
        n_validation_residues: 0 where there are no validation proteins.
    """

    @property
    def fingerprint(self) -> Fingerprint:
        """See the class."""

    @property
    def statistics(self) -> ActivationStatistics:
        """See the class."""

    @property
    def n_validation_residues(self) -> int:
        """See the class."""

    def training_accessions(self) -> set[str]:
        """Of the proteins that are trained on: all others are held out."""

    def train_dataloader(self) -> Iterable[Tensor]:
        """Batches in random order, another each time it is iterated over."""

    def val_dataloader(self) -> Iterable[Tensor]:
        """The residues of the validation proteins once."""


_PARTS = (
    "fingerprint", "statistics", "n_validation_residues", "training_accessions",
    "train_dataloader", "val_dataloader",
)  # fmt: skip
_LOADER_PARTS = ("state_dict", "load_state_dict")


def check_source(data: Any) -> ActivationSource:
    """What was given, if it is an activation source; Any is what has to be found out.

    Raises:
        UserError: naming every part that is missing, before anything is trained.
    """
    missing = [name for name in _PARTS if not hasattr(data, name)]
    if not missing:
        loader = data.train_dataloader()
        missing += [f"train_dataloader().{n}" for n in _LOADER_PARTS if not hasattr(loader, n)]
    if missing:
        raise UserError(
            f"{type(data).__name__} is no activation source, since it lacks {', '.join(missing)}: "
            "add them as interplm.activations.ActivationSource describes them, or write your "
            "activations to a store with interplm.activations.import_activations."
        )
    source: ActivationSource = data
    return source
