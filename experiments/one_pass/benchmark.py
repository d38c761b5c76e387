"""Eight SAEs in one pass against eight runs, from the store and straight from the PLM.

OMP_NUM_THREADS=2 python experiments/one_pass/benchmark.py
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from interplm.sae import load_sae

N_SAES = 8
TOGETHER = "hydra/launcher=one_pass"
SECONDS_BETWEEN_LOOKS = 0.2
# Wall time of eight runs over that of one pass.
TO_HOLD = {"activations": 1.3, "plm": 3.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a command took.

    Attributes:
        seconds: of wall time, with the start of Python.
        peak: bytes of memory, the largest of all looks.
    """

    seconds: float
    peak: int


def main() -> None:
    """Print both ratios, and whether the weights are the same bit for bit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plm", default="esm2_8m", help="option of the group plm")
    parser.add_argument("--layer", type=int, default=3)
    parser.add_argument("--n-proteins", type=int, default=2000)
    parser.add_argument("--n-steps", type=int, default=200)
    parser.add_argument("--d-sae", type=int, default=2560)
    arguments = parser.parse_args()
    # Weights have no part in the time that it takes to use them; random ones need no download.
    plm = [f"plm={arguments.plm}"]
    if arguments.plm != "esm2_demo":
        plm.append("plm.control=untrained")
    proteins = ["proteins=demo", f"proteins.source.n_proteins={arguments.n_proteins}"]
    settings = [
        *plm, *proteins, f"layer={arguments.layer}", "sae=topk", f"sae.d_sae={arguments.d_sae}",
        f"trainer.max_steps={arguments.n_steps}", f"trainer.val_check_interval={arguments.n_steps}",
        "callbacks.progress=null", "data.seed=0", "data.batch_size=2048",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        timed("embed", *plm, *proteins, f"layers=[{arguments.layer}]", data=data)
        for source, least in TO_HOLD.items():
            compare(source, least, settings, data)


def compare(source: str, least: float, settings: list[str], data: Path) -> None:
    """Eight runs one after the other, then the same in one pass, then one alone."""
    command = ["--multirun", *settings, f"data={source}"]
    seeds = f"seed={','.join(map(str, range(N_SAES)))}"
    apart = timed("train", *command, seeds, data=data)
    one = set_aside(data, "apart")
    together = timed("train", *command, seeds, TOGETHER, data=data)
    other = set_aside(data, "together")
    alone = timed("train", *command, "seed=0", data=data)
    set_aside(data, "alone")
    print(f"\ndata={source}, {N_SAES} SAEs")
    print(f"  eight runs    {apart.seconds:8.1f} s   peak {apart.peak / 2**20:7.0f} MiB")
    print(f"  one pass      {together.seconds:8.1f} s   peak {together.peak / 2**20:7.0f} MiB")
    print(f"  a single run  {alone.seconds:8.1f} s   peak {alone.peak / 2**20:7.0f} MiB")
    print(f"  ratio         {apart.seconds / together.seconds:8.2f}     to hold {least}")
    # A trained SAE, its gradients and Adam's two moments, each as large as the weights.
    size = 4 * sum(value.numel() * 4 for value in sae_of(next(other.iterdir())).values())
    allowed = alone.peak + (N_SAES - 1) * size
    print(f"  one stream and {N_SAES} SAEs need {allowed / 2**20:.0f} MiB at most")
    same = all(same_weights(path, other / path.name) for path in one.iterdir())
    print(f"  weights bit for bit the same: {'yes' if same else 'NO'}")


def timed(job: str, *words: str, data: Path) -> Took:
    """Run a job to its end in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"interplm.{job}", *words],
        env=os.environ | {"INTERPLM_DATA": str(data)},
        stdout=subprocess.DEVNULL,
    )
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            try:
                peak = max(peak, psutil.Process(process.pid).memory_info().rss)
            except psutil.NoSuchProcess:
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - start
    watcher.join()
    if status:
        sys.exit(f"interplm.{job} {' '.join(words)} left with status {status}")
    return Took(seconds=seconds, peak=peak)


def set_aside(data: Path, name: str) -> Path:
    """The runs under another name, so that the next command does not find them finished."""
    folder = data / name
    shutil.rmtree(folder, ignore_errors=True)
    return (data / "runs").rename(folder)


def sae_of(run: Path) -> dict[str, torch.Tensor]:
    """The weights of a run's SAE."""
    return load_sae(run / "sae").state_dict()


def same_weights(one: Path, other: Path) -> bool:
    """Whether two runs ended with the same bits."""
    first, second = sae_of(one), sae_of(other)
    return all(torch.equal(value, second[name]) for name, value in first.items())


if __name__ == "__main__":
    main()
