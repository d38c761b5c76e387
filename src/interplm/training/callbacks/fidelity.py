"""Reconstruction fidelity while training."""

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import lightning as L
from lightning.pytorch.trainer.states import TrainerFn

from interplm.errors import UserError
from interplm.evaluation import (
    FidelityBenchmark,
    FidelitySettings,
    check_plm_made,
    fidelity_sequences,
)
from interplm.plms import MaskedLanguageModel, ResidueEncoder, masked_language_model
from interplm.training.module import SAELightningModule
from interplm.training.source import source_of

# By what loads them: the runs of one pass hold a single copy, which goes with the last of them.
_in_use: "WeakValueDictionary[str, MaskedLanguageModel]" = WeakValueDictionary()


class ReconstructionFidelity(L.Callback):
    """Log `fidelity/loss_recovered`, `fidelity/kl` and the other figures at validations.

    The PLM and the sequences are read before training starts, so that what does not fit is refused
    then. Runs that share a pass share the PLM, and ranks share the sequences. Nothing of training
    changes: no weight, no generator.

    Args:
        load_plm: gives the PLM that the activations come from.
        settings: of the measurement.
        every_n_validations: during training; `Trainer.validate` always measures.
    """

    def __init__(
        self,
        *,
        load_plm: Callable[[], ResidueEncoder],
        settings: FidelitySettings,
        every_n_validations: int,
    ) -> None:
        if every_n_validations < 1:
            raise ValueError(
                "callbacks.fidelity.every_n_validations must be at least 1, got "
                f"{every_n_validations}."
            )
        self._load_plm = load_plm
        self._settings = settings
        self._every_n_validations = every_n_validations
        self._n_validations = 0
        self._plm: MaskedLanguageModel | None = None
        self._sequences: list[str] = []
        self._benchmark: FidelityBenchmark | None = None

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Read the PLM and this rank's share of the sequences."""
        if self._plm is not None:
            return
        data = source_of(trainer)
        if data.n_validation_residues == 0:
            raise UserError(
                "Fidelity is measured at validations, but there are no validation proteins: set "
                "data.validation_fraction above 0, or leave callbacks=fidelity out."
            )
        plm = _loaded(self._load_plm)
        check_plm_made(plm, data.fingerprint)
        sequences = fidelity_sequences(
            self._settings, plm=plm, trained_on=data.training_accessions()
        )
        self._sequences = sequences[trainer.global_rank :: trainer.world_size]
        self._plm = plm

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Measure and log, the same numbers on every rank."""
        if trainer.sanity_checking:
            return
        if trainer.state.fn == TrainerFn.FITTING:
            self._n_validations += 1
            if self._n_validations % self._every_n_validations:
                return
        if not isinstance(pl_module, SAELightningModule):
            raise TypeError("ReconstructionFidelity works with SAELightningModule only")
        if self._benchmark is None:
            self._benchmark = self._make_benchmark(trainer, pl_module)
        figures = self._benchmark.measure(pl_module.sae).figures()
        pl_module.log_dict(
            {f"fidelity/{name}": value for name, value in figures.items()}, sync_dist=True
        )

    def state_dict(self) -> dict[str, Any]:
        """How many validations there have been; Any as in the base class."""
        return {"n_validations": self._n_validations}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on counting after a resume."""
        self._n_validations = state_dict["n_validations"]

    def _make_benchmark(
        self, trainer: L.Trainer, pl_module: L.LightningModule
    ) -> FidelityBenchmark:
        assert self._plm is not None  # `setup` comes first
        return FidelityBenchmark(
            plm=self._plm.to(pl_module.device),
            layer=source_of(trainer).fingerprint.layer,
            sequences=self._sequences,
            settings=self._settings,
        )


def _loaded(load_plm: Callable[[], ResidueEncoder]) -> MaskedLanguageModel:
    """The PLM; where another run of this process has it, that one."""
    # Only calls that are written out can be told to be the same.
    if not isinstance(load_plm, partial):
        return masked_language_model(load_plm())
    key = repr(load_plm)
    plm = _in_use.get(key)
    if plm is None:
        plm = _in_use[key] = masked_language_model(load_plm())
    return plm
