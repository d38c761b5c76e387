"""Kill, stop, limit and pair every job, and write what became of it.

PYTHONPATH=. python experiments/faults/inject_faults.py --n 50 --kinds kills --jobs train
"""

import argparse
import csv
import itertools
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before anything is imported that would start threads

from tests.faults.injected import Outcome, killed, signalled, starved, together
from tests.faults.workspace import JOBS, Job, Workspace
from tqdm import tqdm

KINDS = ("kills", "signals", "limits", "pairs", "damage")


def outcomes(
    workspace: Workspace, jobs: list[Job], kinds: list[str], *, n: int, seed: int
) -> Iterator[Outcome]:
    """What became of each kind of fault in each job."""
    for job in jobs:
        dice = random.Random(f"{seed} {job.name}")
        if "kills" in kinds:
            yield killed(workspace, job, n=n, dice=dice)
        if "signals" in kinds:
            yield from signalled(workspace, job, n=max(1, n // 5), dice=dice)
        if "limits" in kinds:
            yield from starved(workspace, job, n=max(1, n // 5), dice=dice)
    if "pairs" in kinds:
        for job in jobs:
            yield together(workspace, job, job)
        for one, other in itertools.combinations(jobs, 2):
            yield together(workspace, one, other)
    if "damage" in kinds:
        yield from _damaged(workspace, n=n)


def _damaged(workspace: Workspace, *, n: int) -> Iterator[Outcome]:
    # Last, and imported as late: the database starts threads, and what is forked must have none.
    from tests.faults.damaged import damaged

    workspace.restore("end")
    yield from damaged(
        workspace.data, n_flips=2 * n, n_zeroed=max(1, n // 2), n_cuts=max(1, n // 2)
    )


def main() -> None:
    """One line for each kind of fault and job; leaves with 1 if anything was found."""
    names = [job.name for job in JOBS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=5, help="kills of each job; a fifth of the others")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--jobs", nargs="+", choices=names, default=names)
    parser.add_argument("--table", type=Path, help="CSV to append to")
    arguments = parser.parse_args()
    n_findings = 0
    in_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None) as folder:
        # What nobody may write must be readable all the same.
        Path(folder).chmod(0o755)
        last = max(names.index(name) for name in arguments.jobs)
        workspace = Workspace(Path(folder), JOBS[: last + 1])
        workspace.build()
        chosen = [job for job in JOBS if job.name in arguments.jobs]
        kinds, n, seed = arguments.kinds, arguments.n, arguments.seed
        for outcome in tqdm(outcomes(workspace, chosen, kinds, n=n, seed=seed), unit="fault"):
            _tell(outcome, arguments.table)
            n_findings += len(outcome.findings)
    sys.exit(n_findings > 0)


def _tell(outcome: Outcome, table: Path | None) -> None:
    row = {
        "kind": outcome.kind, "job": outcome.job, "tried": outcome.tried,
        "unhurt": outcome.unhurt, "findings": len(outcome.findings),
    }  # fmt: skip
    tqdm.write(" ".join(f"{name}={value}" for name, value in row.items()))
    for finding in outcome.findings:
        tqdm.write(f"    {finding}")
    if table is not None:
        is_new = not table.exists()
        with table.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerow(row)


if __name__ == "__main__":
    main()
