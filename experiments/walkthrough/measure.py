"""Time, peak memory and output of each step of the walkthrough, at its true size.

PYTHONPATH=. python experiments/walkthrough/measure.py --folder /tmp/walkthrough \
    --proteins proteins.fasta.gz --annotated uniprot.tsv.gz --cath cath_random_1k.csv

A local server stands for the public services, with as many failing requests as asked for, and gives
out the files named here. The weights are random, of ESM-2 8M's size and in its official format:
they take as long to download, read and run as the real ones, and what is found with them means
nothing. Each step is a process of its own, and so is the whole in one command from an empty folder.
"""

import argparse
import gzip
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from esm import Alphabet
from esm.model.esm2 import ESM2
from tests.downloads.services import Services, serving

from interplm.plms.esm2_checkpoint import write_checkpoint

MODEL = "esm2_t6_8M_UR50D"
SCORING = (
    "proteins=mouse", "split=shards", "scoring=original", "scoring.min_domains=10",
    "concepts.minimum_instances=10",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a step took.

    Attributes:
        seconds: of wall time, with the start of Python.
        peak: bytes of memory of the process, or of the largest that it started.
        made: bytes of what it left.
    """

    seconds: float
    peak: int
    made: int


def served(options: argparse.Namespace) -> Services:
    """The files given, as the public services would have them."""
    with gzip.open(options.annotated, "rt", encoding="utf-8") as lines:
        header, *rows = lines.read().splitlines()
    column = header.split("\t").index("Length")
    short = [row for row in rows if int(row.split("\t")[column]) <= options.longest]
    files = {
        "/uniprot_sprot.fasta.gz": options.proteins.read_bytes(),
        "/cath.csv": options.cath.read_bytes(),
        f"/models/{MODEL}.pt": checkpoint(options.folder / "checkpoint"),
    }
    return Services(
        files=files, rows=[header, *short[: options.n_annotated]], fault_rate=options.fault_rate
    )


def checkpoint(folder: Path) -> bytes:
    """Random weights of ESM-2 8M's size, as fair-esm has them."""
    torch.manual_seed(0)
    network = ESM2(
        num_layers=6,
        embed_dim=320,
        attention_heads=20,
        alphabet=Alphabet.from_architecture("ESM-1b"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{MODEL}.pt"
    write_checkpoint(network, path, dtype=torch.float32)
    return path.read_bytes()


def steps(url: str) -> list[tuple[str, list[str]]]:
    """Job and overrides of each step of docs/walkthrough.md, with the server's addresses."""
    proteins, annotated = f"{url}/uniprot_sprot.fasta.gz", f"{url}/uniprotkb/search"
    swissprot = [f"proteins.download.url={proteins}", "proteins.download.metalink=null"]
    plm = [f"plm.model.base_url={url}/models", "plm.model.hub_folder=${paths.data}/hub"]
    cath = [f"downloads.cath.url={url}/cath.csv", "downloads.cath.checksum=null"]
    run = "run=${paths.data}/runs/esm2_8m_layer3_relu_walkthrough"
    return [
        ("download", ["resource=swissprot", f"resource.url={proteins}", "resource.metalink=null"]),
        ("download", ["resource=mouse", f"resource.url={annotated}"]),
        ("download", ["resource=cath", f"resource.url={url}/cath.csv", "resource.checksum=null"]),
        (
            "embed",
            ["proteins=swissprot", "proteins.selection.n_proteins=5000", "layers=[3]",
             *swissprot, *plm],
        ),
        ("train", ["experiment=walkthrough", run, *cath, *plm]),
        ("embed", ["proteins=mouse", "layers=[3]", f"proteins.download.url={annotated}", *plm]),
        ("score", [*SCORING, run]),
    ]  # fmt: skip


def in_one_command(url: str) -> tuple[str, list[str]]:
    """The job and overrides of the whole."""
    return "pipeline", [
        "experiment=walkthrough",
        f"proteins.download.url={url}/uniprot_sprot.fasta.gz", "proteins.download.metalink=null",
        f"annotated.download.url={url}/uniprotkb/search",
        f"downloads.cath.url={url}/cath.csv", "downloads.cath.checksum=null",
        f"plm.model.base_url={url}/models", "plm.model.hub_folder=${paths.data}/hub",
    ]  # fmt: skip


def timed(job: str, words: list[str], data: Path) -> Took:
    """Run a job to its end."""
    before, start = size(data), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"interplm.{job}", *words],
        env=os.environ | {"INTERPLM_DATA": str(data)},
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"interplm.{job} {' '.join(words)} left with status {status}")
    return Took(
        seconds=time.perf_counter() - start,
        peak=used.ru_maxrss * 1024,
        made=size(data) - before,
    )


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="for all that is made")
    parser.add_argument("--proteins", type=Path, required=True, help="FASTA, gzip")
    parser.add_argument("--annotated", type=Path, required=True, help="TSV of UniProt, gzip")
    parser.add_argument("--cath", type=Path, required=True, help="sequences, one a line")
    parser.add_argument("--n-annotated", type=int, default=1000)
    parser.add_argument("--longest", type=int, default=400, help="residues of an annotated protein")
    parser.add_argument("--fault-rate", type=float, default=0.3, help="of the server's answers")
    options = parser.parse_args()
    print("| job | what | time, s | peak memory, MB | made, MB |\n|---|---|---:|---:|---:|")
    with serving(served(options)) as services:
        whole = in_one_command(services.url)
        for folder, commands in (("steps", steps(services.url)), ("whole", [whole, whole])):
            data = options.folder / folder
            data.mkdir(parents=True)
            for job, words in commands:
                took = timed(job, words, data)
                print(
                    f"| `{job}` | {words[0]} | {took.seconds:.1f} | {took.peak / 1e6:,.0f} "
                    f"| {took.made / 1e6:,.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
