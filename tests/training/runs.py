"""Small training runs in this process."""

from functools import partial

import lightning as L
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tests.activations.stores import write_store
from tests.sae.architectures import SHIPPED, build

from interplm.activations.datamodule import ActivationDataModule
from interplm.runtime.configs import config_folder, register_resolvers
from interplm.training import SAELightningModule, SparsityWarmup, warmup_decay_lr
from interplm.training.revival import NoRevival

__all__ = ["REVIVALS", "SHIPPED", "build_revival", "data", "module", "trainer"]
REVIVALS = sorted(path.stem for path in (config_folder() / "revival").glob("*.yaml"))


def data(folder, **changes):
    if not folder.exists():
        write_store(folder, [[40] * 20, [40] * 20], d_model=6)
    settings = {
        "folder": folder, "plm": None, "layer": None, "d_model": None, "batch_size": 64,
        "buffer_rows": 256, "validation_fraction": 0.1, "split_seed": 0, "num_workers": 0,
        "device": "cpu", "resident": None, "seed": 0,
    }  # fmt: skip
    return ActivationDataModule(**settings | changes)


def module(
    name="relu",
    *,
    n_steps=20,
    lr=1e-2,
    dead_after_residues=10**6,
    revival=None,
    max_norm_multiple=None,
    compile=False,
    **overrides,
):
    return SAELightningModule(
        sae=build(name, **overrides),
        optimizer=partial(torch.optim.Adam, lr=lr),
        scheduler=partial(
            warmup_decay_lr,
            n_steps=n_steps,
            warmup_fraction=0.1,
            decay_fraction=0.2,
            decay="linear",
        ),
        sparsity_schedule=SparsityWarmup(n_steps=n_steps, warmup_fraction=0.1),
        dead_after_residues=dead_after_residues,
        revival=NoRevival() if revival is None else build_revival(revival, n_steps=n_steps),
        max_norm_multiple=max_norm_multiple,
        compile=compile,
    )


def build_revival(name, *, n_steps, **overrides):
    """The remedy of `configs/revival/<name>.yaml`."""
    register_resolvers()
    config = OmegaConf.create({
        "plm": {"d_model": 6}, "seed": 0, "trainer": {"max_steps": n_steps},
        "revival": OmegaConf.load(config_folder() / "revival" / f"{name}.yaml"),
    })  # fmt: skip
    return instantiate(OmegaConf.merge(config, {"revival": overrides}).revival)


def trainer(folder, *, n_steps=20, **changes):
    settings = {
        "max_steps": n_steps, "max_epochs": -1, "accelerator": "cpu", "devices": 1,
        "log_every_n_steps": 1, "num_sanity_val_steps": 0, "enable_model_summary": False,
        "enable_progress_bar": False, "logger": False, "enable_checkpointing": False,
        "default_root_dir": folder, "gradient_clip_val": 1.0,
    }  # fmt: skip
    return L.Trainer(**settings | changes)
