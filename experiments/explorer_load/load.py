"""Question: is the explorer quick with 10,240 features, 20,000 proteins and eight visitors?

It makes a synthetic run, serves it as a user would, opens the first page in a browser that has
nothing cached, then lets eight visitors open features for a minute: the document, and the parts
that the browser asks for at once.

    PYTHONPATH=. python experiments/explorer_load/load.py --folder /tmp/explorer_load

Wanted: first page drawn in the browser within 1.5 s, feature page within 0.15 s at the 95th
percentile, memory below 1.5 GiB, no error. To see where the time goes, run it under a profiler:

    py-spy record --subprocesses -o profile.svg -- python experiments/explorer_load/load.py ...
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests
from tests.explorer.runs import free_port, make_run

from interplm.explorer.pages.feature.page import FEATURE

CHROMIUM = Path("/usr/bin/chromium")
N_FIRST_PAGES = 5
# What the browser asks for together; the model's answers come on their own.
PARTS = [part.name for part in FEATURE.parts if not part.waits]


@dataclass
class Measured:
    """What the visitors saw; times in seconds."""

    pages: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
    opened = first_pages(address)
    measured, peak = visit(process, address, arguments)
    ordered = sorted(measured.pages)
    figures = {
        "first page in the browser, median, s": f"{statistics.median(opened):.2f}",
        "first page in the browser, first, s": f"{opened[0]:.2f}",
        "feature pages opened": f"{len(ordered):,}",
        "feature page, median, s": f"{statistics.median(ordered):.3f}",
        "feature page, 95th percentile, s": f"{ordered[int(0.95 * len(ordered))]:.3f}",
        "peak memory, GiB": f"{peak / 2**30:.2f}",
        "errors": f"{len(measured.errors)} {measured.errors[:3] or ''}",
    }
    for name, value in figures.items():
        print(f"{name:<38}{value}")


def first_pages(address: str) -> list[float]:
    """Seconds until the first page is drawn whole, map included, nothing cached."""
    from playwright.sync_api import sync_playwright

    drawn = """document.querySelector('[data-part]') && !document.querySelector('[aria-busy]')
               && document.querySelector('ip-map')?.points"""
    seconds = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for _ in range(N_FIRST_PAGES):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            started = time.perf_counter()
            page.goto(address, wait_until="commit")
            page.wait_for_function(drawn, timeout=120_000)
            seconds.append(time.perf_counter() - started)
            page.context.close()
        browser.close()
    return seconds


def visit(
    process: subprocess.Popen[bytes], address: str, arguments: argparse.Namespace
) -> tuple[Measured, int]:
    measured = Measured()
    end = time.perf_counter() + arguments.seconds
    threads = [
        threading.Thread(target=visitor, args=(seed, address, end, arguments, measured))
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
    seed: int, address: str, end: float, arguments: argparse.Namespace, measured: Measured
) -> None:
    rng = random.Random(seed)
    with requests.Session() as session:
        while time.perf_counter() < end:
            feature = rng.randrange(arguments.n_features)
            started = time.perf_counter()
            try:
                open_feature(session, address, feature, measured)
            except requests.RequestException as error:
                measured.errors.append(str(error))
            measured.pages.append(time.perf_counter() - started)
            # A visitor looks at a page before opening the next one.
            time.sleep(rng.uniform(0.5, 1.5))


def open_feature(session: requests.Session, address: str, feature: int, measured: Measured) -> None:
    """The document, and the parts that the browser asks for at once."""
    session.get(f"{address}/feature?feature={feature}", timeout=30).raise_for_status()
    filled = session.post(
        f"{address}/gradio_api/run/parts",
        json={"data": ["feature", PARTS, {"feature": str(feature)}]},
        timeout=30,
    )
    filled.raise_for_status()
    if f"f/{feature}<" not in filled.json()["data"][0]["header"]:
        measured.errors.append(f"feature {feature} shows another one")


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
