"""What revives the features of an SAE that dies: ghost gradients, resampling, AuxK or nothing.

Question: do ghost gradients lower the share of dead features, and in which form?
Command:  python experiments/ghost_gradients/study.py --sae relu topk --seeds 0 1 2

Activations with a planted dictionary and a mean three times as long as their spread (γ = 3) go
uncentred into a small SAE that learns ten times too fast: without help a fifth of its features die.
A line of the table is a training of its own, and one that is there is not made again.
"""

import argparse
import csv
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize

from interplm.sae import ReLUSAE, SAELoss, SAEOutput, SparseAutoencoder, TopKSAE
from interplm.training.feature_activity import FeatureActivity
from interplm.training.revival import AuxK, GhostGradients, NoRevival, Resampling, Revival
from interplm.training.schedules import SparsityWarmup, scaled_lr, warmup_decay_lr

D_IN, D_SAE, N_PLANTED, N_ON = 16, 128, 64, 4
BATCH, DEAD_AFTER, LR, GAMMA = 128, 12_800, 1e-2, 3.0
N_POOL, N_VALIDATION, LOOK_EVERY = 20_000, 8_000, 10
COLUMNS = (
    "sae", "remedy", "seed", "steps", "dead_percent", "dead_percent_quarter", "dead_percent_half",
    "explained_variance", "l0", "cpu_seconds",
)  # fmt: skip


class GhostOneScale(Revival):
    """‖ĝ - r‖² with one factor for the whole batch, and nothing else: the text of the paper."""

    term = "ghost_one_scale"

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor:
        """See the base class."""
        r = sae.error(x, output).detach()
        pre = sae.pre_activations(x, dead)
        g = torch.exp(pre - pre.detach().amax(dim=1, keepdim=True)) @ sae.W_dec[dead]
        ghost = g * r.norm(dim=1, keepdim=True) / (2 * g.detach().norm(dim=1, keepdim=True) + 1e-6)
        distance = (ghost - r).square().sum(dim=1).mean()
        return distance * (next(iter(loss.terms.values())) / (distance.detach() + 1e-6))


def remedies(n_steps: int) -> dict[str, Revival]:
    """As configs/revival has them, at the sizes of this study."""
    return {
        "none": NoRevival(),
        "ghost_one_scale": GhostOneScale(),
        "ghost_gradients": GhostGradients(),
        "resampling": Resampling(
            n_steps=n_steps, every_fraction=0.125, n_times=4, look_back_fraction=0.0625,
            gather_steps=100, encoder_scale=0.2, rewarmup_fraction=0.025, seed=0,
        ),
        "auxk": AuxK(coefficient=0.25, k_aux=D_IN // 2),
    }  # fmt: skip


def activations(seed: int) -> Tensor:
    """Sums of a few planted directions, of spread √d_in, around a mean γ times as long."""
    generator = torch.Generator().manual_seed(seed)
    directions = normalize(torch.randn(N_PLANTED, D_IN, generator=generator), dim=1)
    n = N_POOL + N_VALIDATION
    on = torch.rand(n, N_PLANTED, generator=generator) < N_ON / N_PLANTED
    x = (on * (0.5 + torch.rand(n, N_PLANTED, generator=generator))) @ directions
    x = x - x.mean(dim=0)
    x = x / x.square().sum(dim=1).mean().sqrt()
    mean = normalize(torch.randn(D_IN, generator=generator), dim=0)
    return (x + GAMMA * mean) * D_IN**0.5


def build(name: str) -> SparseAutoencoder:
    if name == "topk":
        return TopKSAE(d_in=D_IN, d_sae=D_SAE, k=8, kernel="dense")
    return ReLUSAE(d_in=D_IN, d_sae=D_SAE, l1_coefficient=0.2, reconstruction="l2")


def study(name: str, remedy: str, seed: int, n_steps: int) -> dict:
    """Train one SAE as SAELightningModule does, without what surrounds it."""
    torch.manual_seed(seed)
    pool, held_out = activations(seed).split([N_POOL, N_VALIDATION])
    sae, revival = build(name), remedies(n_steps)[remedy]
    optimizer = torch.optim.Adam(sae.parameters(), lr=LR, fused=True)
    schedule = warmup_decay_lr(
        optimizer, n_steps=n_steps, warmup_fraction=0.05, decay_fraction=0.2, decay="linear"
    )
    sparsity = SparsityWarmup(n_steps=n_steps, warmup_fraction=0.05)
    activity = FeatureActivity(d_sae=D_SAE, dead_after_residues=DEAD_AFTER)
    started, seen = time.process_time(), []
    for step in range(n_steps):
        if step % LOOK_EVERY == 0:
            activity.look_()
        x = pool[torch.randint(N_POOL, (BATCH,))]
        output = sae(x)
        loss = sae.loss(x, output, sparsity_scale=sparsity(step), progress=step / n_steps)
        total = loss.total
        if len(activity.dead):
            term = revival.loss(sae, x, output, loss, activity.dead)
            total = total if term is None else total + term
        fired = activity.update(output.firing_counts(), len(x))
        revival.observe_(step, sae, x, output, fired)
        optimizer.zero_grad()
        total.backward()
        sae.project_gradients_()
        torch.nn.utils.clip_grad_norm_(sae.parameters(), 1.0)
        with scaled_lr(optimizer, revival.lr_scale(step)):
            optimizer.step()
        schedule.step()
        sae.constrain_()
        replaced = revival.after_step_(step, sae, optimizer)
        if replaced is not None:
            activity.restart_(replaced)
        if (step + 1) % (n_steps // 4) == 0:
            seen.append(float(activity.dead_percent()))
    row = {"sae": name, "remedy": remedy, "seed": seed, "steps": n_steps}
    row |= {"dead_percent_quarter": seen[0], "dead_percent_half": seen[1]}
    row["cpu_seconds"] = time.process_time() - started
    return row | measured(sae, held_out)


@torch.no_grad()
def measured(sae: SparseAutoencoder, x: Tensor) -> dict[str, float]:
    output = sae(x)
    counts = output.firing_counts()
    unexplained = (x - output.reconstruction).square().sum() / (x - x.mean(dim=0)).square().sum()
    return {
        "dead_percent": 100 * float((counts == 0).float().mean()),
        "explained_variance": 1 - float(unexplained),
        "l0": float(counts.sum()) / len(x),
    }


def made(table: Path) -> set[tuple[str, ...]]:
    if not table.exists():
        return set()
    with table.open(newline="") as file:
        return {tuple(row[name] for name in COLUMNS[:4]) for row in csv.DictReader(file)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sae", nargs="+", choices=("relu", "topk"), default=["relu", "topk"])
    parser.add_argument("--remedies", nargs="+", choices=list(remedies(100)), default=None)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "table.csv")
    args = parser.parse_args()
    torch.set_num_threads(1)
    for seed in args.seeds:
        for name in args.sae:
            for remedy in args.remedies or remedies(args.steps):
                key = (name, remedy, str(seed), str(args.steps))
                if key in made(args.table):
                    continue
                row = study(name, remedy, seed, args.steps)
                is_new = not args.table.exists()
                with args.table.open("a", newline="") as file:
                    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                    if is_new:
                        writer.writeheader()
                    writer.writerow({n: f"{v:.4g}" if isinstance(v, float) else v
                                     for n, v in row.items()})  # fmt: skip
                print(*row.values(), flush=True)


if __name__ == "__main__":
    main()
