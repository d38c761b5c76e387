"""A checklist for one GPU, some five minutes: training steps, embedding, and the same results.

python -m experiments.gpu.benchmark                        # on a GPU
python -m experiments.gpu.benchmark --device cpu --small   # tiny shapes, seconds
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import lightning as L
import numpy as np
import torch
from experiments.speed.benchmark import datamodule, seconds, write_store
from experiments.speed.sizes import MEAN_LENGTH, Case
from experiments.topk_speed.benchmark import clock
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from torch import Tensor
from torch.utils.data import DataLoader

from interplm.activations.loader import ActivationLoader
from interplm.plms.esm2 import ESM2, load_esm2
from interplm.proteins.alphabet import STANDARD
from interplm.runtime.configs import config_folder, register_resolvers
from interplm.runtime.instantiation import instantiate
from interplm.sae import ReLUSAE, SparseAutoencoder, TopKSAE
from interplm.sae.selection import SelectingSAE

ARCHITECTURES = ("relu", "topk", "batchtopk")
N_WARM_UP = 20
# To hold. One near tie that falls to the other feature counts 3e-5 of the features.
LEAST_OF_BOUND, LEAST_OF_BARE = 0.5, 0.9
FEATURES_TOLERANCE, LOSS_TOLERANCE = 1e-4, 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large everything is."""

    widths: tuple[int, ...]  # of activations; the last has a bar
    d_sae: int
    batch_size: int
    n_steps: int
    plm: str
    layers: tuple[int, ...]
    n_proteins: int  # in the one batch that the PLM reads
    n_compared: int  # residues whose features are compared
    n_stored: int  # residues of the store that is read


FULL = Sizes(
    widths=(320, 1280), d_sae=10_240, batch_size=8192, n_steps=100, plm="esm2_t33_650M_UR50D",
    layers=(9, 18, 24, 33), n_proteins=110, n_compared=2048, n_stored=1_048_576,
)  # fmt: skip
SMALL = Sizes(
    widths=(16, 32), d_sae=64, batch_size=64, n_steps=3, plm="esm2_t6_8M_UR50D",
    layers=(2, 6), n_proteins=2, n_compared=64, n_stored=512,
)  # fmt: skip


def training_config(
    architecture: str, d_in: int, sizes: Sizes, device: str, *further: str
) -> DictConfig:
    """Of `train` with trainer=gpu: bfloat16 products and the fused optimiser."""
    register_resolvers()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", [
            "trainer=gpu", f"trainer.accelerator={'cpu' if device == 'cpu' else 'gpu'}",
            f"trainer.max_steps={N_WARM_UP + sizes.n_steps}", "trainer.default_root_dir=null",
            f"sae={architecture}", f"plm.d_model={d_in}", f"sae.d_sae={sizes.d_sae}",
            "model.dead_after_residues=10_000_000",  # the bare loop revives none
            *further,
        ])  # fmt: skip


class Stopwatch(L.Callback):
    """Seconds from the end of the warm-up to that of training; the device is idle at both."""

    def on_train_batch_start(
        self, trainer: L.Trainer, module: L.LightningModule, batch: Tensor, batch_idx: int
    ) -> None:
        """Start after the warm-up."""
        if batch_idx == N_WARM_UP:
            self.started = clock(batch)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Stop."""
        self.took = clock(next(module.parameters())) - self.started


def lightning_steps(config: DictConfig, batches: Sequence[Tensor]) -> float:
    """Seconds a step as `interplm.train` runs it, the activations on the device already."""
    torch.manual_seed(0)
    watch = Stopwatch()
    trainer = instantiate(
        config.trainer, callbacks=[watch], logger=False, enable_checkpointing=False
    )
    loader: DataLoader[Tensor] = DataLoader(batches, batch_size=None)  # type: ignore[arg-type]
    trainer.fit(instantiate(config.model), train_dataloaders=loader)
    return watch.took / (len(batches) - N_WARM_UP)


def bare_features(sae: SparseAutoencoder, pre_activations: Tensor) -> Tensor:
    """What fires, in plain PyTorch."""
    positive = pre_activations.relu()
    if not isinstance(sae, SelectingSAE):
        return positive
    rows = positive if isinstance(sae, TopKSAE) else positive.view(1, -1)
    values, indices = rows.topk(sae.k * (len(positive) // len(rows)), sorted=False)
    return torch.zeros_like(rows).scatter(-1, indices, values).view_as(positive)


def bare_loss(sae: SparseAutoencoder, x: Tensor, *, dtype: torch.dtype | None) -> Tensor:
    """The loss of an SAE in plain PyTorch, its products in `dtype`, or float32 for None."""
    with torch.autocast(x.device.type, dtype, enabled=dtype is not None):
        pre_activations = torch.addmm(sae.b_enc, x - sae.b_dec, sae.W_enc)
        features = bare_features(sae, pre_activations)
        reconstruction = torch.addmm(sae.b_dec, features, sae.W_dec)
    error = x - reconstruction.float()
    if isinstance(sae, ReLUSAE):
        sparsity = features.float().sum(-1).mean()
        return error.norm(dim=-1).mean() + sae.l1_coefficient * sparsity
    return error.square().sum() / (x - x.mean(dim=0)).square().sum()


def bare_steps(config: DictConfig, batches: Sequence[Tensor]) -> float:
    """Seconds a step of the same arithmetic without Lightning."""
    torch.manual_seed(0)
    sae = instantiate(config.sae).to(batches[0].device)
    optimizer = torch.optim.Adam(sae.parameters(), lr=1e-4, fused=True)
    for index, batch in enumerate(batches):
        if index == N_WARM_UP:
            started = clock(batch)
        optimizer.zero_grad()
        bare_loss(sae, batch.float(), dtype=torch.bfloat16).backward()
        sae.project_gradients_()
        torch.nn.utils.clip_grad_norm_(sae.parameters(), 1.0)
        optimizer.step()
        sae.constrain_()
    return (clock(batches[0]) - started) / (len(batches) - N_WARM_UP)


def matrix_rate(n: int, d_in: int, d_sae: int, device: str) -> float:
    """FLOP/s of the encoder's product in bfloat16."""
    a, b = (torch.randn(*s, device=device).bfloat16() for s in ((n, d_in), (d_in, d_sae)))
    out = torch.empty(n, d_sae, device=device, dtype=torch.bfloat16)
    n_products = 20  # between two waits for the device

    def products() -> None:
        for _ in range(n_products):
            torch.mm(a, b, out=out)
        clock(out)

    return n_products * 2 * n * d_in * d_sae / seconds(products, 9)


def check_training(sizes: Sizes, device: str) -> None:
    """Training steps against a bare loop, in turn, and against the FLOP bound."""
    n = sizes.batch_size
    for d_in in sizes.widths:
        rate = matrix_rate(n, d_in, sizes.d_sae, device)
        case = Case(0, "", d_in, 0, sizes.d_sae)
        drawn = [torch.randn(n, d_in, device=device).half() for _ in range(4)]
        batches = [drawn[i % 4] for i in range(N_WARM_UP + sizes.n_steps)]
        has_bar = d_in == sizes.widths[-1]
        for architecture in ARCHITECTURES:
            config = training_config(architecture, d_in, sizes, device)
            pairs = [
                (lightning_steps(config, batches), bare_steps(config, batches)) for _ in range(3)
            ]
            ours, bare = sorted(pairs, key=lambda pair: pair[0] / pair[1])[1]
            what = f"{architecture}, {d_in:,} to {sizes.d_sae:,}, activations/s"
            at_least(what, n / ours, "a bare loop", n / bare, LEAST_OF_BARE if has_bar else None)
            # What a person may choose, where it turns out to be faster.
            choices = {} if has_bar else {"as captured graphs": "model.compile=reduce-overhead"}
            if architecture != "relu":
                choices["by the sparse kernel"] = "sae.kernel=sparse"
            for choice, word in choices.items():
                config = training_config(architecture, d_in, sizes, device, word)
                chosen = n / lightning_steps(config, batches)
                at_least(f"  {choice}: {word}", chosen, "as shipped", n / ours, None)
            bound = rate / case.training_flops
            at_least("", n / ours, "the FLOP bound", bound, LEAST_OF_BOUND if has_bar else None)


def check_stored(sizes: Sizes, device: str) -> None:
    """Batches of a store mixed on the device, and of rows held there, against those of the CPU."""
    ways = {"drawn by the CPU": ("cpu", False), "mixed there": (device, False),
            "held there": (device, True)}  # fmt: skip
    with TemporaryDirectory() as folder:
        write_store(Path(folder), sizes.n_stored)
        loaders = {
            way: datamodule(
                Path(folder), sizes.batch_size, device=where, resident=resident
            ).train_dataloader()
            for way, (where, resident) in ways.items()
        }
        first = [next(iter(loader)).cpu() for loader in loaders.values()]
        rates = [sizes.n_stored / epoch_seconds(loader, device) for loader in loaders.values()]
    for way, batch, rate in zip(ways, first, rates, strict=True):
        at_least(f"stored activations, {way}, residues/s", rate, "the CPU", rates[0], 1.0)
        at_most("  difference of the first batch", float((batch - first[0]).abs().sum()), 1e-9)


def epoch_seconds(loader: ActivationLoader, device: str) -> float:
    """Median of three, every batch brought to the device."""

    def epoch() -> None:
        for batch in loader:
            last = batch.to(device, non_blocking=True)
        clock(last)

    return seconds(epoch, 3)


def random_proteins(n_proteins: int) -> list[str]:
    """Of the same length, so that neither side computes padding."""
    letters = np.random.default_rng(0).choice(list(STANDARD), size=(n_proteins, MEAN_LENGTH))
    return ["".join(row) for row in letters]


def check_embedding(sizes: Sizes, device: str) -> None:
    """The PLM up to a layer against fair-esm's own forward pass, which runs all of them."""
    plm = load_esm2(
        name=sizes.plm, model=sizes.plm, weights=None, base_url=None, hub_folder=None,
        control="untrained", seed=0,
    ).to(device)  # fmt: skip
    sequences = random_proteins(sizes.n_proteins)
    n_residues = sizes.n_proteins * MEAN_LENGTH
    for dtype, word in ((None, "float32"), (torch.bfloat16, "bfloat16")):
        with torch.inference_mode(), torch.autocast(device, dtype, enabled=dtype is not None):
            for layer in sizes.layers:
                ours = n_residues / forward_seconds(our_forward, plm, sequences, layer)
                theirs = n_residues / forward_seconds(fair_esm_forward, plm, sequences, layer)
                what = f"{sizes.plm.split('_')[2]}, layer {layer}, {word}, residues/s"
                at_least(what, ours, "fair-esm", theirs, 1.0)


def forward_seconds(
    run: Callable[[ESM2, Sequence[str], int], Tensor],
    plm: ESM2,
    sequences: Sequence[str],
    layer: int,
) -> float:
    """Median of three, each until the device is done."""
    return seconds(lambda: clock(run(plm, sequences, layer)), 3)


def our_forward(plm: ESM2, sequences: Sequence[str], layer: int) -> Tensor:
    """Of the first protein."""
    return plm.activations(sequences, [layer])[layer][0]


def fair_esm_forward(plm: ESM2, sequences: Sequence[str], layer: int) -> Tensor:
    """As its own documentation runs it."""
    tokens = plm.network.alphabet.get_batch_converter()([("", s) for s in sequences])[2]
    return plm.network(tokens.to(plm.device), repr_layers=[layer])["representations"][layer]


def check_results(sizes: Sizes, device: str) -> None:
    """Features and loss in float32 on the device against the CPU."""
    d_in = sizes.widths[-1]
    torch.manual_seed(0)
    x = torch.randn(sizes.n_compared, d_in)
    for architecture in ARCHITECTURES:
        sae = instantiate(training_config(architecture, d_in, sizes, device).sae)
        here = features_and_loss(sae, x)
        there = features_and_loss(sae.to(device), x.to(device))
        for name, tolerance, a, b in zip(
            ("features", "loss"), (FEATURES_TOLERANCE, LOSS_TOLERANCE), here, there, strict=True
        ):
            differs = float((b - a).abs().sum() / a.abs().sum())
            at_most(f"{architecture}, {name}: relative difference to the CPU", differs, tolerance)


@torch.no_grad()
def features_and_loss(sae: SparseAutoencoder, x: Tensor) -> tuple[Tensor, Tensor]:
    """Of training mode, on the CPU."""
    output = sae(x)
    loss = sae.loss(x, output, sparsity_scale=1.0, progress=0.0).total
    return output.features.cpu(), loss.cpu()


def at_least(what: str, measured: float, against: str, other: float, bar: float | None) -> None:
    """A row whose ratio must not be below the bar, if it has one."""
    ratio = measured / other
    held = "" if bar is None else f"≥ {bar:g}  {'yes' if ratio >= bar else 'NO'}"
    say(what, f"{measured:,.0f}", against, f"{other:,.0f}", f"{ratio:.2f}", held)


def at_most(what: str, measured: float, tolerance: float) -> None:
    """A row whose figure must not be above a tolerance."""
    held = f"≤ 1  {'yes' if measured <= tolerance else 'NO'}"
    ratio = f"{measured / tolerance:.2f}"
    say(what, f"{measured:.1e}", "tolerance", f"{tolerance:.0e}", ratio, held)


def say(what: str, measured: str, against: str, other: str, ratio: str, held: str) -> None:
    """One line of the table."""
    print(f"{what:<52}{measured:>12}  {against:<15}{other:>12}{ratio:>8}  {held}", flush=True)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny shapes, seconds on a CPU")
    given = parser.parse_args(words)
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            "No GPU was found that PyTorch can use; `python -m experiments.gpu.benchmark "
            "--device cpu --small` runs the same checklist on tiny shapes."
        )
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning")
    sizes = SMALL if given.small else FULL
    name = torch.cuda.get_device_name() if given.device == "cuda" else "CPU"
    print(f"{name}, torch {torch.__version__}")
    if given.small:
        print("Tiny shapes show only that the checklist runs: their speeds need hold nothing.")
    say("", "measured", "against", "", "ratio", "to hold")
    check_training(sizes, given.device)
    check_stored(sizes, given.device)
    check_embedding(sizes, given.device)
    check_results(sizes, given.device)


if __name__ == "__main__":
    main()
