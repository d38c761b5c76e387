"""The trained SAE as a folder that loads without Lightning."""

from pathlib import Path

import lightning as L
from lightning.pytorch.utilities import rank_zero_only

from interplm.activations import ActivationSource
from interplm.errors import UserError
from interplm.sae import SparseAutoencoder, save_sae
from interplm.training.module import SAELightningModule
from interplm.training.source import source_of


class ExportSAE(L.Callback):
    """Write `sae.safetensors` and `sae.yaml` when training ends.

    Args:
        folder: of the export.
    """

    def __init__(self, *, folder: str | Path) -> None:
        self._folder = Path(folder)

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Refuse now what could not be exported at the end."""
        _exported(trainer, pl_module)

    @rank_zero_only
    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Export with the fingerprint of the activations, after averages have taken their place."""
        data, sae = _exported(trainer, pl_module)
        trained_on = data.fingerprint.as_dict() | {"n_steps": trainer.global_step}
        save_sae(sae, self._folder, fingerprint=trained_on)


def _exported(
    trainer: L.Trainer, pl_module: L.LightningModule
) -> tuple[ActivationSource, SparseAutoencoder]:
    if not isinstance(pl_module, SAELightningModule):
        raise UserError(f"{type(pl_module).__name__} is no SAELightningModule, so has no SAE.")
    return source_of(trainer), pl_module.sae
