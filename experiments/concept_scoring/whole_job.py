"""What do the baselines cost? The whole scoring job of one SAE, alone and beside all of them.

400 generated proteins, the bundled PLM, a TopK SAE of 2,560 features trained for a short while.
Each job is a process of its own; CPU seconds are those of the process, wall seconds those of the
clock.

python experiments/concept_scoring/whole_job.py --folder /tmp/whole_job
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

OPTIONS = ("proteins=demo", "concepts=demo", "split=accession")
ALONE, ALL = "baselines=[]", "baselines=[random_sae,neurons,pca,linear_probe]"


def run(*arguments: str, data: Path) -> tuple[float, float]:
    """CPU and wall seconds of a job."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", f"interplm.{arguments[0]}", *arguments[1:]],
        env=os.environ | {"INTERPLM_DATA": str(data)},
        check=True,
        capture_output=True,
    )
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--proteins", type=int, default=400)
    parser.add_argument("--features", type=int, default=2560)
    parser.add_argument("--steps", type=int, default=300)
    args = parser.parse_args()
    trained = args.folder / "run"
    run(
        "pipeline", "experiment=demo", "stages=[embed,train]", f"run={trained}",
        f"proteins.source.n_proteins={args.proteins}", f"sae.d_sae={args.features}", "sae.k=32",
        f"trainer.max_steps={args.steps}", f"trainer.val_check_interval={args.steps}",
        data=args.folder,
    )  # fmt: skip
    # The first one compiles what later ones find compiled.
    for name, baselines in (("warm-up", ALONE), ("SAE alone", ALONE), ("all baselines", ALL)):
        cpu, wall = run(
            "score", f"run={trained}", f"folder={args.folder / 'score'}", *OPTIONS, baselines,
            f"proteins.source.n_proteins={args.proteins}", "fresh=true", data=args.folder,
        )  # fmt: skip
        print(f"{name:15s} {cpu:7.1f} CPU s {wall:7.1f} s", flush=True)


if __name__ == "__main__":
    main()
