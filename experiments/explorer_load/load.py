"""Question: does the explorer stay quick with 10,240 features, 20,000 proteins and eight visitors?

It makes a synthetic run, serves it as a user would, reads one sequence with the model, then lets
eight visitors open features for a minute: the page, and the event that fills it.

    PYTHONPATH=. python experiments/explorer_load/load.py --folder /tmp/explorer_load

Wanted: first page below 2 s, feature page below 0.5 s at the 95th percentile, memory below
1.5 GiB, no error.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests
from tests.explorer.runs import free_port, make_run

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIFGIFFFGGWVLILVALFFRKRVRI" * 4


@dataclass
class Measured:
    """What the visitors saw; times in seconds."""

    pages: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n-features", type=int, default=10_240)
    parser.add_argument("--n-proteins", type=int, default=20_000)
    parser.add_argument("--n-visitors", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    run = arguments.folder / "run"
    if not (run / "score" / "features.duckdb").exists():
        make_run(run, n_features=arguments.n_features, n_proteins=arguments.n_proteins)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "interplm.explore", f"run={run}", f"explorer.server.port={port}"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        cwd=arguments.folder,
    )
    try:
        report(process, f"http://127.0.0.1:{port}", arguments)
    finally:
        process.terminate()
        process.wait()


def report(process: subprocess.Popen[bytes], address: str, arguments: argparse.Namespace) -> None:
    wait_for(address, process)
    first = min(first_page(address) for _ in range(3))
    encoded = call(address, "encode", SEQUENCE, 5)
    assert len(encoded) == 5
    measured, peak = visit(process, address, arguments)
    ordered = sorted(measured.pages)
    figures = {
        "first page and map, s": f"{first:.2f}",
        "feature pages opened": f"{len(ordered):,}",
        "feature page, median, s": f"{ordered[len(ordered) // 2]:.3f}",
        "feature page, 95th percentile, s": f"{ordered[int(0.95 * len(ordered))]:.3f}",
        "peak memory, GiB": f"{peak / 2**30:.2f}",
        "errors": f"{len(measured.errors)} {measured.errors[:3] or ''}",
    }
    for name, value in figures.items():
        print(f"{name:<34}{value}")


def first_page(address: str) -> float:
    started = time.perf_counter()
    requests.get(address, timeout=30).raise_for_status()
    call(address, "feature_map")
    return time.perf_counter() - started


def call(address: str, endpoint: str, *arguments: object) -> object:
    response = requests.post(
        f"{address}/gradio_api/run/{endpoint}", json={"data": list(arguments)}, timeout=120
    )
    response.raise_for_status()
    return response.json()["data"][0]


def load_event(address: str) -> int:
    """The number of the event that fills the feature page, from the page's own settings."""
    page = requests.get(f"{address}/feature?feature=0", timeout=30).text
    start = page.index("{", page.index("window.gradio_config = "))
    config, _ = json.JSONDecoder().raw_decode(page, start)
    (event,) = [
        dependency["id"]
        for dependency in config["dependencies"]
        if any(name == "load" for _, name in dependency["targets"])
    ]
    return event


def visit(
    process: subprocess.Popen[bytes], address: str, arguments: argparse.Namespace
) -> tuple[Measured, int]:
    measured, event = Measured(), load_event(address)
    end = time.perf_counter() + arguments.seconds
    threads = [
        threading.Thread(target=visitor, args=(seed, address, event, end, arguments, measured))
        for seed in range(arguments.n_visitors)
    ]
    for thread in threads:
        thread.start()
    peak = 0
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, psutil.Process(process.pid).memory_info().rss)
        time.sleep(0.2)
    return measured, peak


def visitor(
    seed: int, address: str, event: int, end: float, arguments: argparse.Namespace,
    measured: Measured,
) -> None:  # fmt: skip
    rng = random.Random(seed)
    with requests.Session() as session:
        while time.perf_counter() < end:
            feature = rng.randrange(arguments.n_features)
            body = {"data": [], "fn_index": event, "session_hash": f"visitor{seed}"}
            started = time.perf_counter()
            try:
                query = f"feature?feature={feature}"
                session.get(f"{address}/{query}", timeout=30).raise_for_status()
                filled = session.post(
                    f"{address}/gradio_api/run/predict?feature={feature}", json=body, timeout=30
                )
                filled.raise_for_status()
                if f"f/{feature}<" not in filled.json()["data"][0]:
                    measured.errors.append(f"{query} shows another feature")
            except requests.RequestException as error:
                measured.errors.append(str(error))
            measured.pages.append(time.perf_counter() - started)
            # A visitor looks at a page before opening the next one.
            time.sleep(rng.uniform(0.5, 1.5))


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            requests.get(address, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.2)
    sys.exit("the explorer did not start")


if __name__ == "__main__":
    main()
