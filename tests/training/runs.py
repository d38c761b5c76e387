"""Small training runs in this process."""

from functools import partial

import lightning as L
import torch
from tests.activations.stores import write_store
from tests.sae.architectures import build

from interplm.activations.datamodule import ActivationDataModule
from interplm.training import SAELightningModule, SparsityWarmup, warmup_decay_lr


def data(folder, **changes):
    if not folder.exists():
        write_store(folder, [[40] * 20, [40] * 20], d_model=6)
    settings = {
        "folder": folder, "plm": None, "layer": None, "d_model": None, "batch_size": 64,
        "buffer_rows": 256, "validation_fraction": 0.1, "split_seed": 0, "num_workers": 0,
        "seed": 0,
    }  # fmt: skip
    return ActivationDataModule(**settings | changes)


def module(name="relu", *, n_steps=20, lr=1e-2, dead_after_residues=10**6, **overrides):
    return SAELightningModule(
        sae=build(name, **overrides),
        optimizer=partial(torch.optim.Adam, lr=lr),
        scheduler=partial(
            warmup_decay_lr, n_steps=n_steps, warmup_fraction=0.1, decay_fraction=0.2
        ),
        sparsity_schedule=SparsityWarmup(n_steps=n_steps, warmup_fraction=0.1),
        dead_after_residues=dead_after_residues,
    )


def trainer(folder, *, n_steps=20, **changes):
    settings = {
        "max_steps": n_steps, "max_epochs": -1, "accelerator": "cpu", "devices": 1,
        "log_every_n_steps": 1, "num_sanity_val_steps": 0, "enable_model_summary": False,
        "enable_progress_bar": False, "logger": False, "enable_checkpointing": False,
        "default_root_dir": folder, "gradient_clip_val": 1.0,
    }  # fmt: skip
    return L.Trainer(**settings | changes)
