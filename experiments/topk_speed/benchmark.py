"""How much faster than plain autograd is a training step that touches only the firing features?

OMP_NUM_THREADS=2 python experiments/topk_speed/benchmark.py             the two sizes of record
OMP_NUM_THREADS=2 python experiments/topk_speed/benchmark.py --table     where each kernel wins

A step is forward, loss and backward, and, in the second figure, also projection of the gradient,
fused Adam and the decoder's constraint. Both kernels step in turn in one process, on the same
activations; the median step of each counts.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from interplm.sae import BatchTopKSAE, SparseAutoencoder, TopKSAE

D_IN = 320
RECORD = ((2560, 32), (10_240, 32))
TABLE = tuple((d_sae, d_sae // ratio) for d_sae in (1280, 5120) for ratio in (4, 8, 16, 32, 64))
ARCHITECTURES: dict[str, Callable[..., SparseAutoencoder]] = {
    "topk": TopKSAE,
    "batchtopk": partial(BatchTopKSAE, threshold_decay=0.99),
}


class Trainer:
    """One SAE and its optimiser, stepped and timed."""

    def __init__(self, architecture: str, kernel: str, *, d_sae: int, k: int, device: str) -> None:
        torch.manual_seed(0)
        self.sae = ARCHITECTURES[architecture](d_in=D_IN, d_sae=d_sae, k=k, kernel=kernel)
        self.sae.to(device)
        self.optimizer = torch.optim.Adam(self.sae.parameters(), lr=1e-4, fused=True)
        self.gradients: list[float] = []
        self.steps: list[float] = []

    def step(self, x: Tensor) -> None:
        """One training step; its seconds with and without the optimiser are kept."""
        self.optimizer.zero_grad()
        started = clock(x)
        output = self.sae(x)
        self.sae.loss(x, output, sparsity_scale=1.0, progress=0.0).total.backward()
        self.gradients.append(clock(x) - started)
        self.sae.project_gradients_()
        self.optimizer.step()
        self.sae.constrain_()
        self.steps.append(clock(x) - started)


def clock(x: Tensor) -> float:
    """Seconds, once the device of `x` is idle."""
    if x.device.type == "cuda":
        torch.cuda.synchronize(x.device)
    return time.perf_counter()


def compare(architecture: str, d_sae: int, k: int, args: argparse.Namespace) -> str:
    """A row of the table: activations/s of each kernel, and their ratio, both ways of counting."""
    kernels = {
        kernel: Trainer(architecture, kernel, d_sae=d_sae, k=k, device=args.device)
        for kernel in ("dense", "sparse")
    }
    generator = torch.Generator().manual_seed(1)
    for i in range(args.warmup + args.repeats):
        x = torch.randn(args.batch_size, D_IN, generator=generator).to(args.device)
        for trainer in kernels.values():
            trainer.step(x)
            if i < args.warmup:
                trainer.gradients.clear()
                trainer.steps.clear()
    figures = [f"{architecture:10s} {D_IN:5d} {d_sae:7d} {k:5d}"]
    for name in ("gradients", "steps"):
        dense, sparse = (statistics.median(getattr(t, name)) for t in kernels.values())
        n = args.batch_size
        figures.append(f"{n / dense:12,.0f} {n / sparse:12,.0f} {dense / sparse:8.2f}")
    return "  ".join(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="store_true", help="many sizes instead of two")
    parser.add_argument("--batch-size", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {args.device}")
    print("architecture d_in   d_sae     k   activations/s: dense, sparse, ratio; with optimiser")
    for d_sae, k in TABLE if args.table else RECORD:
        for architecture in ARCHITECTURES:
            print(compare(architecture, d_sae, k, args), flush=True)


if __name__ == "__main__":
    main()
