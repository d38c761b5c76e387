"""Does an SAE learn the same straight from the PLM as from stored activations, and in which time?

Command:  OMP_NUM_THREADS=2 python experiments/on_the_fly/compare.py

Both read each training residue about once, so that the PLM does the same work in both. Seconds of
jobs are wall time with the start of Python; those of training alone are without it.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from interplm.activations import ActivationStore
from interplm.activations.loader import ActivationLoader
from interplm.activations.plm_loader import PLMLoader
from interplm.runtime.configs import compose
from interplm.runtime.instantiation import instantiate

SOURCES = {"activations": "from the store", "plm": "straight from the PLM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one training gave.

    Attributes:
        explained_variance: of the PLM's states of validation residues.
        loss_recovered: of masked residues.
        seconds: of the whole job.
        training_seconds: between the first step and the last.
    """

    explained_variance: float
    loss_recovered: float
    seconds: float
    training_seconds: float


def main() -> None:
    """Print quality, time and mixing of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plm", default="esm2_demo", help="option of the group plm")
    parser.add_argument("--layer", type=int, default=3)
    parser.add_argument("--n-proteins", type=int, default=2000)
    parser.add_argument("--fasta", type=Path, help="real proteins in place of the demo's")
    parser.add_argument("--sae", nargs="+", default=["sae=topk", "sae.k=32", "sae.d_sae=1024"])
    parser.add_argument("--batch-size", type=int, default=1024)
    parser.add_argument("--buffer-rows", type=int, default=65_536)
    parser.add_argument("--n-sequences", type=int, default=128, help="for the loss recovered")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Data modules that are made here look there too.
        os.environ["INTERPLM_DATA"] = folder
        compare(arguments, Path(folder))


def compare(arguments: argparse.Namespace, data: Path) -> None:
    """Embed once, then train with every seed from both sources."""
    proteins = proteins_of(arguments)
    shared = [f"plm={arguments.plm}", *proteins, f"layer={arguments.layer}"]
    embedding = timed("embed", *shared[:-1], f"layers=[{arguments.layer}]")
    [folder] = data.glob(f"activations/*/layer_{arguments.layer}/*")
    settings = [
        *shared, *arguments.sae, f"data.batch_size={arguments.batch_size}",
        f"data.buffer_rows={arguments.buffer_rows}", "callbacks.progress=null",
    ]  # fmt: skip
    with loaded("activations", settings) as loader:
        n_steps = len(loader)
    training = [*settings, f"trainer.max_steps={n_steps}", f"trainer.val_check_interval={n_steps}"]
    runs = {
        source: [
            trained(data, source, training, seed, n_sequences=arguments.n_sequences)
            for seed in arguments.seeds
        ]
        for source in SOURCES
    }
    print(
        f"{arguments.plm}, layer {arguments.layer}, {ActivationStore(folder).n_residues:,} "
        f"residues, {n_steps:,} steps of {arguments.batch_size:,}, {' '.join(arguments.sae)}, "
        f"seeds {' '.join(map(str, arguments.seeds))}\n"
    )
    print("|   | " + " | ".join(SOURCES.values()) + " |\n|---|---|---|")
    for name in ("explained_variance", "loss_recovered"):
        print_row(
            name.replace("_", " "), [figures(runs[source], name, "{:.4f}") for source in runs]
        )
    print_row("seconds of the training job", [figures(runs[s], "seconds", "{:.1f}") for s in runs])
    print_row(
        "seconds of its steps", [figures(runs[s], "training_seconds", "{:.1f}") for s in runs]
    )
    print_row("mixing (1 is perfect)", [f"{mixing(s, settings):.2f}" for s in runs])
    alone = embedding + mean(runs["activations"], "seconds")
    print(
        f"\nEmbedding alone takes {embedding:.1f} s, with the training {alone:.1f} s; training "
        f"straight from the PLM takes {mean(runs['plm'], 'seconds') / alone:.2f} times that."
    )


def proteins_of(arguments: argparse.Namespace) -> list[str]:
    """Settings that choose the proteins."""
    if arguments.fasta is None:
        return ["proteins=demo", f"proteins.source.n_proteins={arguments.n_proteins}"]
    return [
        f"proteins.path={arguments.fasta.absolute()}",
        f"proteins.selection.n_proteins={arguments.n_proteins}",
    ]


def trained(data: Path, source: str, settings: list[str], seed: int, *, n_sequences: int) -> Run:
    """Train from a source, then evaluate on the stored validation residues."""
    run = data / "runs" / f"{source}_{seed}"
    seconds = timed("train", f"data={source}", *settings, f"seed={seed}", f"run={run}")
    timed("evaluate", f"run={run}", f"fidelity.n_sequences={n_sequences}")
    result = yaml.safe_load((run / "result.yaml").read_text())
    with (run / "evaluation.csv").open(newline="") as file:
        found = {(row["space"], row["metric"]): float(row["value"]) for row in csv.DictReader(file)}
    batch_size = compose("train", *settings).data.batch_size
    return Run(
        explained_variance=found["plm", "explained_variance"],
        loss_recovered=found["logits", "loss_recovered_masked"],
        seconds=seconds,
        training_seconds=result["steps"] * batch_size / result["residues_per_second"],
    )


def timed(job: str, *words: str) -> float:
    """Run a job to its end in a process of its own; seconds of wall time."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", f"interplm.{job}", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"interplm.{job} {' '.join(words)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


@contextmanager
def loaded(source: str, settings: list[str]) -> Iterator[ActivationLoader | PLMLoader]:
    """The training batches of one epoch."""
    words = [word for word in settings if not word.startswith("trainer.")]
    module = instantiate(compose("train", f"data={source}", *words).data)
    module.setup("fit")
    try:
        yield module.train_dataloader()
    finally:
        # Or else the PLM's thread would be embedding the next block when Python ends.
        module.teardown("fit")


def mixing(source: str, settings: list[str]) -> float:
    """How far the means of batches scatter, over what means of rows drawn at random would.

    Neighbouring residues are alike, and so are those of a protein: where a batch comes from a few
    proteins its mean is further off. Averaged over the neurons, each divided by its own variance.
    """
    means, squares, size = [], [], 0
    with loaded(source, settings) as loader:
        for batch in loader:
            if len(batch) < size:
                continue  # the last one may be short, and would scatter more
            size = len(batch)
            means.append(batch.double().mean(dim=0).numpy())
            squares.append(batch.double().square().mean(dim=0).numpy())
    variance = np.mean(squares, axis=0) - np.square(np.mean(means, axis=0))
    return float(np.mean(np.var(means, axis=0, ddof=1) * size / variance))


def mean(runs: list[Run], name: str) -> float:
    """Over the seeds."""
    return float(np.mean([getattr(run, name) for run in runs]))


def figures(runs: list[Run], name: str, form: str) -> str:
    """Mean and range over the seeds."""
    values = [getattr(run, name) for run in runs]
    low, high = (form.format(value) for value in (min(values), max(values)))
    return f"{form.format(np.mean(values))} ({low} to {high})"


def print_row(name: str, cells: list[str]) -> None:
    """One line of a table in Markdown."""
    print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
