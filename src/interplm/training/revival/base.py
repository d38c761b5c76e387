"""What a remedy for dead features may do in training."""

from typing import Any, ClassVar

from torch import Tensor, nn
from torch.optim import Optimizer

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder


class Revival(nn.Module):
    """A remedy for dead features: a term of the loss, a change of weights, or both.

    Every hook does nothing here. A remedy is a module so that a checkpoint carries its state. It
    keeps every argument of its constructor as an attribute of the same name.

    Attributes:
        term: name of its term of the loss in the logs.
    """

    term: ClassVar[str]
    kinds: ClassVar[dict[str, type["Revival"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:  # Any: passed on as they came
        super().__init_subclass__(**kwargs)
        Revival.kinds[cls.__name__] = cls

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """A term to be added to the loss; scalar, without side effects.

        Args:
            sae: being trained.
            x: [n_residues, d_in].
            output: of the SAE for x, float32.
            loss: of the architecture.
            dead: int64 [n_dead], indices of the dead features, at least one.
        """

    def observe_(
        self, step: int, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, fired: Tensor
    ) -> None:
        """Look at a training batch before the optimiser's step.

        Args:
            step: 0-based.
            sae: being trained.
            x: [n_residues, d_in] of this rank.
            output: of the SAE for x, float32.
            fired: bool [d_sae], which features fired on any rank.
        """

    def after_step_(self, step: int, sae: SparseAutoencoder, optimizer: Optimizer) -> Tensor | None:
        """Change weights after an optimiser step.

        Args:
            step: 0-based.
            sae: being trained.
            optimizer: of its parameters.

        Returns:
            int64 [n], the features whose weights were replaced; None if there are none.
        """

    def lr_scale(self, step: int) -> float:
        """Factor on the learning rate of a 0-based step."""
        return 1.0


class NoRevival(Revival):
    """Dead features are counted and left alone."""
