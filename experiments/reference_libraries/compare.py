"""Are our SAEs as good, as alive and as fast as those of SAELens and dictionary_learning?

python -m interplm.embed proteins.path=proteins.fasta.gz proteins.selection.n_proteins=2000 \
    plm=esm2_demo 'layers=[3]' paths.data=data
python experiments/reference_libraries/compare.py --activations \
    data/activations/esm2_demo/layer_3/proteins

In an environment of its own with `pip install sae-lens==6.54.12 dictionary-learning==0.1.0` beside
this package. Every library trains with its own trainer on the same batches in the same order, with
the same warm-up and decay of the learning rate, sparsity warm-up, L0 and window of dead features;
what else it does (how it scales its input, starts its weights, clips) is its own. The learning rate
is a multiple of the law of Gao et al. 2024, ours of the same law with its correction for the width.
All are measured by the same code: on validation proteins, through the encoder that each uses after
training.
"""

import argparse
import csv
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import lightning as L
import numpy as np
import torch
from hydra import compose, initialize_config_dir
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from interplm.activations.store import ActivationStore
from interplm.runtime.configs import config_folder, lr_law, register_resolvers
from interplm.runtime.instantiation import instantiate

ARCHITECTURES = ("topk", "batchtopk", "jumprelu")
WARMUP, SPARSITY_WARMUP, DECAY, DEAD_AFTER_RESIDUES = 0.05, 0.3, 0.2, 250_000


class Budget(NamedTuple):
    """What all libraries share."""

    d_in: int
    d_sae: int
    l0: int
    n_steps: int
    batch_size: int
    lr_multiple: float
    seed: int

    @property
    def lr(self) -> float:
        """A multiple of the law of Gao et al. 2024, as measured at width 768."""
        return self.lr_multiple * lr_law(self.d_sae, d_in=768)


class Trained(NamedTuple):
    """A trained SAE as its library evaluates it."""

    encode: Callable[[Tensor], Tensor]
    decode: Callable[[Tensor], Tensor]
    seconds: float


class Batches(IterableDataset):
    """Endless batches, a new order every epoch."""

    def __init__(self, rows: Tensor, budget: Budget) -> None:
        self.rows, self.budget = rows, budget

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(self.budget.seed)
        size = self.budget.batch_size
        while True:
            order = torch.randperm(len(self.rows), generator=generator)
            for start in range(0, len(order) - size + 1, size):
                yield self.rows[order[start : start + size]]


def interplm(architecture: str, rows: Tensor, budget: Budget) -> Trained:
    """By our LightningModule, as `python -m interplm.train` makes it."""
    register_resolvers()
    l0 = "sae.l0_target" if architecture == "jumprelu" else "sae.k"
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        config = compose("train", [
            f"sae={architecture}", f"{l0}={budget.l0}", f"sae.d_sae={budget.d_sae}",
            f"plm.d_model={budget.d_in}", f"trainer.max_steps={budget.n_steps}",
            f"scheduler.warmup_fraction={WARMUP}", f"scheduler.decay_fraction={DECAY}",
            f"model.sparsity_schedule.warmup_fraction={SPARSITY_WARMUP}",
            f"model.dead_after_residues={DEAD_AFTER_RESIDUES}",
        ])  # fmt: skip
    config.optimizer.lr *= budget.lr_multiple
    torch.manual_seed(budget.seed)
    module = instantiate(config.model)
    sae = module.sae
    sae.input_transform.fit_(rows.mean(0), rows.var(0), **config.input_transform)
    trainer = L.Trainer(
        max_steps=budget.n_steps, max_epochs=-1, accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        gradient_clip_val=config.trainer.gradient_clip_val,
    )  # fmt: skip
    start = time.perf_counter()
    trainer.fit(module, DataLoader(Batches(rows, budget), batch_size=None))
    seconds = time.perf_counter() - start
    sae.eval()
    return Trained(sae.encode, sae.decode, seconds)


def sae_lens(architecture: str, rows: Tensor, budget: Budget) -> Trained:
    """By SAELens's SAETrainer; its JumpReLU with the loss of a wanted L0."""
    from sae_lens.config import LoggingConfig, SAETrainerConfig
    from sae_lens.saes import batchtopk_sae, jumprelu_sae, topk_sae
    from sae_lens.training.sae_trainer import SAETrainer

    torch.manual_seed(budget.seed)
    n_warmup, n_decay = int(budget.n_steps * WARMUP), int(budget.n_steps * DECAY)
    common = {
        "d_in": budget.d_in, "d_sae": budget.d_sae, "device": "cpu",
        "normalize_activations": "expected_average_only_in",
    }  # fmt: skip
    if architecture == "topk":
        sae = topk_sae.TopKTrainingSAE(topk_sae.TopKTrainingSAEConfig(**common, k=budget.l0))
    elif architecture == "batchtopk":
        config = batchtopk_sae.BatchTopKTrainingSAEConfig(**common, k=budget.l0)
        sae = batchtopk_sae.BatchTopKTrainingSAE(config)
    else:
        config = jumprelu_sae.JumpReLUTrainingSAEConfig(
            **common, jumprelu_sparsity_loss_mode="quadratic", target_l0=budget.l0,
            l0_warm_up_steps=int(budget.n_steps * SPARSITY_WARMUP),
        )  # fmt: skip
        sae = jumprelu_sae.JumpReLUTrainingSAE(config)
    trainer = SAETrainer(
        cfg=SAETrainerConfig(
            total_training_samples=budget.n_steps * budget.batch_size,
            train_batch_size_samples=budget.batch_size,
            lr=budget.lr, lr_end=0.0, lr_warm_up_steps=n_warmup, lr_decay_steps=n_decay,
            dead_feature_window=DEAD_AFTER_RESIDUES // budget.batch_size,
            n_batches_for_norm_estimate=100, logger=LoggingConfig(log_to_wandb=False),
        ),
        sae=sae,
        data_provider=iter(Batches(rows, budget)),
    )  # fmt: skip
    start = time.perf_counter()
    trainer.fit()
    seconds = time.perf_counter() - start
    trained = _for_inference(sae)
    return Trained(trained.encode, trained.decode, seconds)


def _for_inference(sae):  # noqa: ANN001, ANN202 (types of a library that need not be installed)
    """A trained SAE as SAELens saves it: BatchTopK becomes JumpReLU at its threshold."""
    from sae_lens import SAE

    with tempfile.TemporaryDirectory() as folder:
        sae.save_inference_model(folder)
        return SAE.load_from_disk(folder).eval()


def dictionary_learning(architecture: str, rows: Tensor, budget: Budget) -> Trained:
    """By dictionary_learning's trainers, its input of unit mean squared norm as in trainSAE."""
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.jumprelu import JumpReluTrainer
    from dictionary_learning.trainers.top_k import TopKTrainer

    n_warmup = int(budget.n_steps * WARMUP)
    common = {
        "steps": budget.n_steps, "activation_dim": budget.d_in, "dict_size": budget.d_sae,
        "layer": 3, "lm_name": "esm2_demo", "lr": budget.lr, "warmup_steps": n_warmup,
        "decay_start": int(budget.n_steps * (1 - DECAY)), "seed": budget.seed, "device": "cpu",
    }  # fmt: skip
    if architecture == "jumprelu":
        torch.manual_seed(budget.seed)
        trainer = JumpReluTrainer(
            **common, target_l0=budget.l0,
            sparsity_warmup_steps=int(budget.n_steps * SPARSITY_WARMUP),
        )  # fmt: skip
    else:
        make = TopKTrainer if architecture == "topk" else BatchTopKTrainer
        trainer = make(**common, k=budget.l0, threshold_start_step=n_warmup)
    trainer.dead_feature_threshold = DEAD_AFTER_RESIDUES
    norm = rows.square().sum(-1).mean().sqrt()
    batches = iter(Batches(rows, budget))
    start = time.perf_counter()
    for step in range(budget.n_steps):
        trainer.update(step, next(batches) / norm)
    seconds = time.perf_counter() - start
    ae = trainer.ae
    return Trained(lambda x: ae.encode(x / norm), lambda f: ae.decode(f) * norm, seconds)


LIBRARIES = {
    "interplm": interplm,
    "sae_lens": sae_lens,
    "dictionary_learning": dictionary_learning,
}


@torch.inference_mode()
def measure(sae: Trained, train: Tensor, validation: Tensor) -> dict[str, float]:
    """Explained variance and L0 of validation residues; features silent on training ones, in %."""
    fired = torch.zeros(sae.encode(train[:1]).shape[-1], dtype=torch.bool)
    for x in train.split(8192):
        fired |= (sae.encode(x) > 0).any(0)
    error = n_active = 0.0
    for x in validation.split(8192):
        features = sae.encode(x)
        n_active += float((features > 0).sum())
        error += float((x - sae.decode(features)).double().square().sum())
    variance = float((validation - validation.mean(0)).double().square().sum())
    return {
        "explained_variance": 1 - error / variance,
        "l0": n_active / len(validation),
        "dead_percent": 100 * float((~fired).float().mean()),
    }


def read_rows(folder: Path) -> tuple[Tensor, Tensor]:
    """Activations of nine tenths of the proteins, and of the rest."""
    parts: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for index, (_, rows) in enumerate(ActivationStore(folder).proteins()):
        parts[index % 10 == 0].append(np.asarray(rows, dtype=np.float32))
    train, validation = (torch.from_numpy(np.concatenate(part)) for part in parts)
    return train, validation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activations", type=Path, required=True, help="a folder of shards")
    parser.add_argument("--d-sae", type=int, default=1024)
    parser.add_argument("--l0", type=int, default=32)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch-size", type=int, default=2048)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--lr-multiples", type=float, nargs="+", default=[1.0])
    parser.add_argument("--architectures", nargs="+", default=ARCHITECTURES)
    parser.add_argument("--libraries", nargs="+", default=list(LIBRARIES))
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "table.csv")
    args = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    train, validation = read_rows(args.activations)
    columns = ("architecture", "library", "lr_multiple", "seed", "l0", "explained_variance",
               "dead_percent", "seconds")  # fmt: skip
    size = (train.shape[1], args.d_sae, args.l0, args.steps, args.batch_size)
    with args.table.open("w", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for case in product(args.seeds, args.architectures, args.lr_multiples, args.libraries):
            seed, architecture, lr_multiple, library = case
            sae = LIBRARIES[library](architecture, train, Budget(*size, lr_multiple, seed))
            figures = measure(sae, train, validation) | {"seconds": sae.seconds}
            row = {
                "architecture": architecture,
                "library": library,
                "lr_multiple": f"{lr_multiple:g}",
                "seed": seed,
            } | {name: f"{value:.4g}" for name, value in figures.items()}
            table.writerow(row)
            file.flush()
            print(*row.values(), flush=True)


if __name__ == "__main__":
    main()
