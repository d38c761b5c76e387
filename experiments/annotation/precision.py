"""Annotate generated proteins that a demo run never saw, and hold stated precision to the truth.

python experiments/annotation/precision.py interplm_data/runs/<demo run> --n-proteins 1000
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from interplm import compose
from interplm.concepts.spans import AnnotatedProtein
from interplm.demo import write_proteome
from interplm.runtime.instantiation import instantiate


def annotated(run: Path, fasta: Path, output: Path) -> float:
    """Run the job; seconds from the shell to the finished table."""
    words = [f"proteins.path={fasta}", f"pack={run}", f"output={output}", "strengths=null"]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "interplm.annotate", *words], check=True)
    return time.perf_counter() - start


def truth(table: Path) -> tuple[dict[str, dict[str, set[int]]], dict[str, int]]:
    """Residues that carry each concept, by protein, and the instances of each concept."""
    cfg = compose(
        "score", "run=x", "proteins=demo", "concepts=demo", f"concepts.source.path={table}"
    )
    carried: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    n_instances: dict[str, int] = defaultdict(int)
    for found in instantiate(cfg.concepts.source).read():
        if isinstance(found, AnnotatedProtein):
            for span in found.spans:
                residues = (
                    (span.start, span.stop - 1) if span.ends_only else range(span.start, span.stop)
                )
                carried[span.concept][span.accession].update(residues)
                n_instances[span.concept] += 1
    return carried, n_instances


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--n-proteins", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=12345)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fasta, table = write_proteome(folder=folder, n_proteins=args.n_proteins, seed=args.seed)
        output = Path(folder) / "annotations.tsv"
        seconds = annotated(args.run, fasta, output)
        carried, n_instances = truth(table)
        with output.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    hit, called, stated = defaultdict(int), defaultdict(int), {}
    ends = {}
    for row in rows:
        key = row["label"], int(row["feature"])
        residues = set(range(int(row["start"]) - 1, int(row["end"])))
        hit[key] += len(residues & carried[row["label"]][row["accession"]])
        called[key] += len(residues)
        stated[key] = float(row["precision"])
        ends[key] = float(row["precision_low"]), float(row["precision_high"])
    print(
        f"{args.n_proteins} proteins in {seconds:.1f} s, {len(rows):,} hits of {len(called)} labels"
    )
    difference, within = [], []
    for key in sorted(called, key=lambda key: (key[0], key[1])):
        if n_instances[key[0]] >= 20:
            observed = hit[key] / called[key]
            difference.append(observed - stated[key])
            within.append(ends[key][0] <= observed <= ends[key][1])
            print(f"{key[0]:50} f{key[1]:<6} stated {stated[key]:.3f} observed {observed:.3f}")
    print(
        f"{len(difference)} labels with 20 instances or more: mean |difference| "
        f"{np.abs(difference).mean():.4f}, mean difference {np.mean(difference):+.4f}, "
        f"observed within the stated interval for {np.mean(within):.1%}"
    )


if __name__ == "__main__":
    main()
