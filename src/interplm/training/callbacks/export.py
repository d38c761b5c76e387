"""The trained SAE as a folder that loads without Lightning."""

from pathlib import Path

import lightning as L
from lightning.pytorch.utilities import rank_zero_only

from interplm.activations.datamodule import ActivationDataModule
from interplm.sae import save_sae
from interplm.training.module import SAELightningModule


class ExportSAE(L.Callback):
    """Write `sae.safetensors` and `sae.yaml` when training ends.

    Args:
        folder: of the export.
    """

    def __init__(self, *, folder: str | Path) -> None:
        self._folder = Path(folder)

    @rank_zero_only
    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Export with the fingerprint of the activations, after averages have taken their place."""
        datamodule = trainer.datamodule  # type: ignore[attr-defined]  # set by Trainer.fit
        if not isinstance(pl_module, SAELightningModule) or not isinstance(
            datamodule, ActivationDataModule
        ):
            raise TypeError("ExportSAE works with SAELightningModule and ActivationDataModule only")
        trained_on = datamodule.fingerprint.as_dict() | {"n_steps": trainer.global_step}
        save_sae(pl_module.sae, self._folder, fingerprint=trained_on)
