"""What training through Lightning costs beside a bare loop over the same SAE and batches.

Question: does a ReLU training step of batch 4096, 320 to 2560, stay within 10 % of a bare loop?
Command:  python experiments/training_overhead/compare.py --steps 50

The bare loop is forward, loss, backward, projection, clipping, optimiser, constraint and schedule;
Lightning's step also counts which features fire, and logs every 50 steps. Both get the same batches
from memory. The two are timed in turns, and the median over the rounds is printed, since other work
on the machine comes and goes.
"""

import argparse
import logging
import statistics
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import lightning as L
import torch
from torch import Tensor

from interplm.sae import ReLUSAE
from interplm.training import MetricsCSV, SAELightningModule, SparsityWarmup, warmup_decay_lr
from interplm.training.revival import AuxK

N_WARM = 3


def make(n_steps: int, d_in: int, d_sae: int) -> SAELightningModule:
    torch.manual_seed(0)
    schedule = partial(
        warmup_decay_lr, n_steps=n_steps, warmup_fraction=0.05, decay_fraction=0.2, decay="linear"
    )
    return SAELightningModule(
        sae=ReLUSAE(d_in=d_in, d_sae=d_sae, l1_coefficient=0.08, reconstruction="l2"),
        optimizer=partial(torch.optim.Adam, lr=5e-4, fused=True),
        scheduler=schedule,
        sparsity_schedule=SparsityWarmup(n_steps=n_steps, warmup_fraction=0.05),
        dead_after_residues=10_000_000,
        revival=AuxK(coefficient=1 / 32, k_aux=d_in // 2),
        max_norm_multiple=None,
        compile=False,
    )


def bare(module: SAELightningModule, batches: list[Tensor], n_steps: int) -> float:
    sae, made = module.sae, module.configure_optimizers()
    optimizer, scheduler = made["optimizer"], made["lr_scheduler"]["scheduler"]
    started = 0.0
    for step in range(n_steps):
        if step == N_WARM:
            started = time.perf_counter()
        x = batches[step % len(batches)]
        optimizer.zero_grad()
        sae.loss(x, sae(x), sparsity_scale=1.0, progress=step / n_steps).total.backward()
        sae.project_gradients_()
        torch.nn.utils.clip_grad_norm_(sae.parameters(), 1.0)
        optimizer.step()
        sae.constrain_()
        scheduler.step()
    return (time.perf_counter() - started) / (n_steps - N_WARM)


class Clock(L.Callback):
    """Time from the end of the warm steps to the end of the last one."""

    def __init__(self) -> None:
        self.started = self.ended = 0.0

    def on_train_batch_end(self, trainer: L.Trainer, *args: object) -> None:
        """Look at the clock."""
        if trainer.global_step == N_WARM:
            self.started = time.perf_counter()
        self.ended = time.perf_counter()


def lightning(
    module: SAELightningModule, batches: list[Tensor], n_steps: int, folder: Path
) -> float:
    clock = Clock()
    trainer = L.Trainer(
        max_steps=n_steps, max_epochs=-1, accelerator="cpu", gradient_clip_val=1.0,
        logger=MetricsCSV(path=folder / "metrics.csv"), enable_checkpointing=False,
        enable_model_summary=False, enable_progress_bar=False, callbacks=[clock],
        default_root_dir=folder,
    )  # fmt: skip
    # One epoch: Lightning does more at the end of each than after a step.
    epoch = batches * -(-n_steps // len(batches))
    loader = torch.utils.data.DataLoader(epoch, batch_size=None)
    trainer.fit(module, train_dataloaders=loader)
    return (clock.ended - clock.started) / (n_steps - N_WARM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--d-in", type=int, default=320)
    parser.add_argument("--d-sae", type=int, default=2560)
    options = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    batches = [torch.randn(options.batch, options.d_in) for _ in range(8)]
    ratios = []
    for _ in range(options.rounds):
        with TemporaryDirectory() as folder:
            sizes = (options.steps, options.d_in, options.d_sae)
            one = bare(make(*sizes), batches, options.steps)
            other = lightning(make(*sizes), batches, options.steps, Path(folder))
        ratios.append(other / one)
        print(f"bare {1e3 * one:.1f} ms, Lightning {1e3 * other:.1f} ms a step")
    print(f"Lightning / bare: median {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
