"""Resampling: dead features start anew from inputs that are reconstructed badly.

Bricken et al. 2023, "Towards Monosemanticity", appendix "Neuron Resampling".
"""

import logging
from functools import partial
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from interplm.sae import SAEOutput, SparseAutoencoder
from interplm.training.ranks import rank, rows_of_all_ranks
from interplm.training.revival.base import Revival
from interplm.training.revival.feature_parameters import replace_weights_, reset_moments_
from interplm.training.revival.reservoir import WeightedReservoir, sampling_keys
from interplm.training.schedules import n_steps_of, warmup

log = logging.getLogger(__name__)


class Resampling(Revival):
    """At a few times in training, dead features become copies of badly reconstructed inputs.

    Dead is a feature that did not fire in the steps looked back upon. Inputs are drawn from the
    last batches of all ranks without replacement, with probability ∝ ‖e‖⁴, the squared loss. With
    the direction d of t(x) - b_dec: the row of W_dec becomes d, the column of W_enc
    encoder_scale · (mean encoder norm of the other features) · d, the bias 0, and Adam's moments
    of the feature 0 (see `replace_weights_` for what else an architecture has). Then the learning
    rate warms up again.

    Every rank sees the same inputs and features, so every rank makes the same change.

    Args:
        n_steps: of the whole training.
        every_fraction: of these steps lie between two resamplings.
        n_times: most resamplings.
        look_back_fraction: of these steps without firing make a feature dead.
        gather_steps: the last steps before a resampling give the inputs to choose from.
        encoder_scale: factor on the encoder's norm.
        rewarmup_fraction: of these steps is the new warm-up of the learning rate long.
        seed: of the choice.
    """

    def __init__(
        self,
        *,
        n_steps: int,
        every_fraction: float,
        n_times: int,
        look_back_fraction: float,
        gather_steps: int,
        encoder_scale: float,
        rewarmup_fraction: float,
        seed: int,
    ) -> None:
        super().__init__()
        steps = partial(n_steps_of, n_steps=n_steps)
        self.n_steps = n_steps
        self.every_fraction = every_fraction
        self.n_times = n_times
        self.look_back_fraction = look_back_fraction
        self.gather_steps = gather_steps
        self.encoder_scale = encoder_scale
        self.rewarmup_fraction = rewarmup_fraction
        self.seed = seed
        self._every = max(1, steps("revival.every_fraction", every_fraction))
        self._look_back = max(1, steps("revival.look_back_fraction", look_back_fraction))
        self._n_rewarmup = steps("revival.rewarmup_fraction", rewarmup_fraction)
        if n_times < 1 or gather_steps < 1 or encoder_scale <= 0:
            raise ValueError(
                "revival.n_times and revival.gather_steps must be at least 1 and "
                f"revival.encoder_scale above 0, got {n_times}, {gather_steps} and {encoder_scale}."
            )
        self._fired: Tensor | None = None
        self._inputs = WeightedReservoir()
        self._n_gathered = 0
        self._last_step: int | None = None

    def observe_(
        self, step: int, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, fired: Tensor
    ) -> None:
        """Note who fired, and keep the inputs that are drawn."""
        if not self._is_followed_by_one(step):
            return
        n_left = self._every - step % self._every
        if n_left <= self._look_back:
            self._fired = fired if self._fired is None else self._fired.to(fired) | fired
        if n_left <= self.gather_steps:
            squared_loss = sae.error(x, output).detach().square().sum(dim=1).square()
            seed = [self.seed, step, self._n_gathered, rank()]
            keys = sampling_keys(squared_loss, seed=seed)
            self._inputs.add_(rows_of_all_ranks(x), rows_of_all_ranks(keys), capacity=sae.d_sae)
            self._n_gathered += 1

    def after_step_(self, step: int, sae: SparseAutoencoder, optimizer: Optimizer) -> Tensor | None:
        """Resample when it is time and something is dead."""
        if (step + 1) % self._every or not self._is_followed_by_one(step):
            return None
        fired, inputs = self._fired, self._inputs.rows
        self._forget()
        if fired is None or inputs is None:
            return None
        dead = (~fired).nonzero().squeeze(1)
        if len(dead) == 0:
            return None
        n_dead, dead = len(dead), dead[: len(inputs)]
        log.info(
            "Step %d: %d of %d features are dead, %d of them are resampled",
            *(step + 1, n_dead, sae.d_sae, len(dead)),
        )
        self._last_step = step
        directions = sae.input_transform(inputs[: len(dead)]) - sae.b_dec.detach()
        directions = F.normalize(directions, dim=1)
        replace_weights_(sae, dead, directions, encoder_scale=self.encoder_scale)
        sae.constrain_()
        reset_moments_(sae, optimizer, dead)
        return dead

    def lr_scale(self, step: int) -> float:
        """Linear from near 0 to 1 after a resampling."""
        if self._last_step is None:
            return 1.0
        return warmup(step - self._last_step - 1, n_warmup_steps=self._n_rewarmup)

    def get_extra_state(self) -> dict[str, Any]:
        """What a checkpoint carries: tensors and plain values, hence Any."""
        return {
            "last_step": self._last_step,
            "n_gathered": self._n_gathered,
            "fired": self._fired,
            "rows": self._inputs.rows,
            "keys": self._inputs.keys,
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint carried."""
        self._last_step = state["last_step"]
        self._n_gathered = state["n_gathered"]
        self._fired = state["fired"]
        self._inputs.rows, self._inputs.keys = state["rows"], state["keys"]

    def _forget(self) -> None:
        self._fired, self._inputs, self._n_gathered = None, WeightedReservoir(), 0

    def _is_followed_by_one(self, step: int) -> bool:
        """Whether a resampling lies ahead of this step; one after the last step would be lost."""
        number = step // self._every + 1
        return number <= self.n_times and number * self._every < self.n_steps
