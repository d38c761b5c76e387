"""Every architecture at matched L0, and every remedy for dead features against none.

Question: which architecture explains most at the same L0, and which remedy leaves fewest dead?
Command:  python experiments/architectures/study.py --fasta proteins.fasta.gz --folder study

Every line of the table is a run of `interplm.train` and `interplm.evaluate`; its config.yaml says
with what. A run that is there is found again, so the study goes on where it stopped. A coefficient
is looked for by the secant rule on log L0 over log coefficient, from whole runs.
"""

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

# Architectures whose L0 is set, and those whose coefficient has to be looked for.
DIRECT = {"topk": "sae.k", "batchtopk": "sae.k", "matryoshka": "sae.k", "jumprelu": "sae.l0_target"}
# Name of the coefficient, and a guess for L0 = 32.
SEARCHED = {
    "relu": ("sae.l1_coefficient", 0.35),
    "relu_squared": ("sae.l1_coefficient", 1.5),
    "relu_decoder_norm": ("sae.l1_coefficient", 1.3),
    "gated": ("sae.l1_coefficient", 0.8),
    "p_anneal": ("sae.sparsity_coefficient", 0.075),
}
REMEDIES = ("none", "auxk", "ghost_gradients", "resampling", "pre_activation")
TOLERANCE, MOST_TRIES = 0.05, 5
COLUMNS = (
    "architecture", "target", "setting", "revival", "seed", "l0", "explained_variance",
    "loss_recovered", "loss_recovered_vs_mean", "dead_percent_training", "dead_percent_validation",
    "dense_percent", "seconds",
)  # fmt: skip
Try = tuple[float, float, dict]  # log coefficient, log L0, the row


@dataclass(frozen=True, slots=True)
class Study:
    """Where the runs lie and what they share."""

    folder: Path
    common: tuple[str, ...]
    n_steps: int
    batch_size: int
    tried: dict[str, list[Try]] = field(default_factory=dict)

    def run(self, architecture: str, setting: str, *, revival: str = "auxk", seed: int = 0) -> dict:
        """Train and evaluate one SAE; a row without its target."""
        run = self.folder / "runs" / f"{architecture}-{setting.split('=')[1]}-{revival}-{seed}"
        overrides = (
            f"sae={architecture}", setting, f"revival={revival}", f"seed={seed}",
            f"trainer.max_steps={self.n_steps}", f"data.batch_size={self.batch_size}",
            f"run={run}", *self.common,
        )  # fmt: skip
        job("train", *overrides)
        job("evaluate", f"run={run}", f"paths.data={self.folder}", "fidelity.n_sequences=128")
        training = yaml.safe_load((run / "result.yaml").read_text())
        with (run / "evaluation.csv").open(newline="") as file:
            figures = {(row["space"], row["metric"]): row["value"] for row in csv.DictReader(file)}
        n_residues = self.n_steps * self.batch_size
        return {
            "architecture": architecture,
            "setting": setting,
            "revival": revival,
            "seed": seed,
            "l0": float(figures["features", "l0"]),
            "explained_variance": float(figures["plm", "explained_variance"]),
            "loss_recovered": float(figures["logits", "loss_recovered_masked"]),
            "loss_recovered_vs_mean": float(figures["logits", "loss_recovered_vs_mean_masked"]),
            "dead_percent_training": training["train_dead_percent"],
            "dead_percent_validation": float(figures["features", "dead_percent"]),
            "dense_percent": float(figures["features", "dense_percent"]),
            "seconds": n_residues / training["residues_per_second"],
        }

    def at_l0(self, architecture: str, target: int) -> dict:
        """The run whose L0 comes closest to the target."""
        if architecture in DIRECT:
            return self.run(architecture, f"{DIRECT[architecture]}={target}")
        name, guess = SEARCHED[architecture]
        tried = self.tried.setdefault(architecture, [])
        aim = math.log(target)
        for _ in range(MOST_TRIES):
            if tried and min(abs(l0 - aim) for _, l0, _ in tried) < TOLERANCE:
                break
            at = next_log_coefficient(tried, aim) if tried else math.log(guess)
            row = self.run(architecture, f"{name}={math.exp(at):.4g}")
            tried.append((at, math.log(max(row["l0"], 1e-3)), row))
        return min(tried, key=lambda t: abs(t[1] - aim))[2]


def next_log_coefficient(tried: list[Try], target: float) -> float:
    """By the line through the two closest tries; its slope kept between -3 and -0.3."""
    closest = sorted(tried, key=lambda t: abs(t[1] - target))
    at, l0, _ = closest[0]
    slope = -1.2
    if len(closest) > 1 and closest[1][0] != at:
        slope = min(-0.3, max(-3.0, (closest[1][1] - l0) / (closest[1][0] - at)))
    return at + (target - l0) / slope


def job(name: str, *overrides: str) -> None:
    """Run a job, and show what it said only if it failed."""
    done = subprocess.run(
        [sys.executable, "-m", f"interplm.{name}", *overrides],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{name} {' '.join(overrides)}\n{done.stdout}{done.stderr}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fasta", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="of the runs; a temporary one else")
    parser.add_argument("--plm", default="esm2_demo")
    parser.add_argument("--layer", type=int, default=3)
    parser.add_argument("--n-proteins", type=int, default=2000)
    parser.add_argument("--d-sae", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch-size", type=int, default=2048)
    parser.add_argument("--targets", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--architectures", nargs="+", default=[*DIRECT, *SEARCHED])
    parser.add_argument("--remedies", nargs="*", choices=REMEDIES, help="each with these, or all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "table.csv")
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    remedies = ["auxk"] if args.remedies is None else args.remedies or REMEDIES
    proteins = (
        f"proteins.path={args.fasta}", f"proteins.selection.n_proteins={args.n_proteins}",
        f"plm={args.plm}", f"paths.data={folder}",
    )  # fmt: skip
    job("embed", *proteins, f"layers=[{args.layer}]")
    common = (
        *proteins, f"layer={args.layer}", f"sae.d_sae={args.d_sae}",
        "model.dead_after_residues=250_000", "callbacks.progress=null",
        "trainer.val_check_interval=500",
    )  # fmt: skip
    study = Study(folder.resolve(), common, args.steps, args.batch_size)
    with args.table.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for architecture in args.architectures:
            for target in args.targets:
                setting = study.at_l0(architecture, target)["setting"]
                rows = [
                    study.run(architecture, setting, revival=revival, seed=seed)
                    for revival in remedies
                    for seed in args.seeds
                ]
                for row in map(rounded, rows):
                    table.writerow({"target": target} | row)
                    file.flush()
                    print(*row.values(), flush=True)


def rounded(row: dict) -> dict:
    """Four significant figures; below 1 a difference of 1e-4 still shows."""
    return {
        name: f"{value:.4g}" if isinstance(value, float) else value for name, value in row.items()
    }


if __name__ == "__main__":
    main()
