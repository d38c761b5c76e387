"""Is a sweep, or a study of Optuna, that was killed and started again the one that was not?

Command:  OMP_NUM_THREADS=2 python experiments/sweeps/killed.py

Each is run once undisturbed, and once killed with SIGKILL in the middle of a training and given the
same command again. The tables must be the same, and no finished run may be made twice.
"""

import argparse
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SHARED = [
    "plm=esm2_demo", "proteins=demo", "proteins.source.n_proteins=150", "layer=3",
    "data.batch_size=512", "data.buffer_rows=16384", "trainer.max_steps=40",
    "callbacks.checkpoint.every_n_train_steps=8", "callbacks.progress=null",
]  # fmt: skip
TWELVE = [
    "sae=topk,batchtopk", "sae.k=16,32,64", "seed=0,1", "sae.d_sae=512",
    "trainer.val_check_interval=40",
]  # fmt: skip
TWENTY = ["hparams_search=optuna", "sae.d_sae=choice(256,512)", "trainer.val_check_interval=8"]
# Columns of the tables that hold times, or where the folder lies.
VOLATILE = {"seconds", "residues_per_second", "run"}
SAID = "said.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is run, and how far it is when it is killed.

    Attributes:
        name: of its folder.
        words: of the command.
        n_runs: that it makes.
        kill_after: runs that are finished or pruned by then.
    """

    name: str
    words: list[str]
    n_runs: int
    kill_after: int


CASES = [
    Case(name="sweep", words=TWELVE, n_runs=12, kill_after=5),
    Case(name="one_pass", words=[*TWELVE, "hydra/launcher=one_pass"], n_runs=12, kill_after=0),
    Case(name="study", words=TWENTY, n_runs=20, kill_after=9),
]


def main() -> None:
    """Print how the two compare in each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of all that is made")
    names = [case.name for case in CASES]
    parser.add_argument("--cases", nargs="+", default=names, choices=names)
    arguments = parser.parse_args()
    print("| case | runs | finished or pruned when killed | resumed | made twice | tables equal |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        if case.name in arguments.cases:
            compare(case, arguments.folder.absolute() / case.name)


def compare(case: Case, folder: Path) -> None:
    """Run a case undisturbed and killed, and print one line of the table."""
    whole, killed = folder / "whole", folder / "killed"
    command = ["--multirun", *SHARED, *case.words]
    for data in (whole, killed):
        run("embed", *SHARED[:3], "layers=[3]", data=data)
    run("train", *command, data=whole)
    process = start("train", *command, data=killed)
    wait_for(process, lambda: len(ended(killed)) >= case.kill_after and is_training(killed))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = ended(killed)
    said = run("train", *command, data=killed)
    twice = [run for run, time_ in before.items() if ended(killed)[run] != time_]
    resumed = said.count("Going on at step")
    same = tables(whole) == tables(killed)
    print(
        f"| {case.name} | {len(ended(killed))} of {case.n_runs} | {len(before)} | {resumed} | "
        f"{len(twice)} | {'yes' if same else 'NO'} |",
        flush=True,
    )


def start(job: str, *words: str, data: Path) -> subprocess.Popen[bytes]:
    """Start a job; what it says goes into a file."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / SAID).open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", f"interplm.{job}", *words],
            env=os.environ | {"INTERPLM_DATA": str(data)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def run(job: str, *words: str, data: Path) -> str:
    """Run a job to its end; what it said."""
    status = start(job, *words, data=data).wait()
    said = (data / SAID).read_text()
    if status:
        sys.exit(f"interplm.{job} {' '.join(words)}\n{said}")
    return said


def wait_for(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Until something holds, which must be before the job ends."""
    while not condition():
        if process.poll() is not None:
            sys.exit("The job ended before it could be killed.")
        time.sleep(0.05)


def ended(data: Path) -> dict[str, int]:
    """Runs that are finished or pruned, and when."""
    paths = [*data.glob("runs/*/result.yaml"), *data.glob("runs/*/pruned.yaml")]
    return {path.parent.name: path.stat().st_mtime_ns for path in paths}


def is_training(data: Path) -> bool:
    """Whether a run has a checkpoint and no end."""
    begun = {path.parents[1].name for path in data.glob("runs/*/checkpoints/last.ckpt")}
    return bool(begun - set(ended(data)))


def tables(data: Path) -> list[list[dict[str, str]]]:
    """The comparison of the last command, and the trials of a study, without times."""
    last = max(data.glob("sweeps/*/comparison/comparison.csv"), default=None)
    paths = [last] if last else []
    paths += sorted(data.glob("studies/*/trials.csv"))
    paths += sorted(data.glob("studies/*/comparison/comparison.csv"))
    return [rows_of(path) for path in paths]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a table, in whatever order they come."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    still = [{k: v for k, v in row.items() if k not in VOLATILE} for row in rows]
    return sorted(still, key=lambda row: sorted(row.items()))


if __name__ == "__main__":
    main()
