r"""Make antibody heavy chains and what is known of their residues.

python experiments/antibodies/repertoire.py                     # 2,000 chains, some minutes
python experiments/antibodies/repertoire.py --chains 25         # 8 times 25

Writes into `<data>/antibodies`, <data> being INTERPLM_DATA or interplm_data:

heavy_chains.fasta   amino acids
annotations.tsv      accession, start, end, concept, category, kind
v_genes.tsv          V gene and accession: the clusters of a split by gene

AIRRSHIP (Sutherland & Cowan 2022, AGPL-3.0) simulates the repertoires, the program anarcism
(Apache-2.0) numbers the residues as ANARCI does (Dunbar & Deane 2016). Both run as programs from a
virtual environment of their own, which is made in <data>/antibodies/tools where it is missing.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rearrangements import Annotation, annotations, gene, numbering_of, translate

TOOLS = ("airrship==0.1.5", "anarcism==1.0.1")
FILES = ("heavy_chains.fasta", "annotations.tsv", "v_genes.tsv")


def install_tools(folder: Path) -> Path:
    """The programs of a virtual environment, which is made where it is missing."""
    programs = folder / "bin"
    if not (programs / "anarcism").exists():
        print(f"Installing {' and '.join(TOOLS)} into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([programs / "pip", "install", "--quiet", *TOOLS], check=True)
    return programs


def simulate(airrship: Path, folder: Path, *, donor: int, n_chains: int) -> list[dict[str, str]]:
    """One donor's chains: a haplotype of its own, natural use of genes, hypermutation."""
    name = f"donor{donor}"
    words = ["-o", name, "--outdir", str(folder), "-n", str(n_chains), "--seed", str(donor)]
    settings = ["--shm", "--het", "0.5", "0.1", "0.1"]
    subprocess.run([airrship, *words, *settings], check=True, stdout=subprocess.DEVNULL)
    with (folder / f"{name}.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def distinct_chains(rearrangements: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The first of those with the same amino acids; without those with a stop or an unknown one."""
    seen: dict[str, str] = {}
    for accession, row in rearrangements.items():
        sequence = translate(row["sequence"])
        if not {"*", "X"} & set(sequence):
            seen.setdefault(sequence, accession)
    return {accession: rearrangements[accession] for accession in seen.values()}


def number(anarcism: Path, fasta: Path, folder: Path) -> dict[str, dict[str, str]]:
    """ANARCI's row of each heavy chain."""
    words = ["-i", str(fasta), "-o", str(folder / "numbered"), "--csv", "--restrict", "H"]
    subprocess.run([anarcism, *words], check=True, stdout=subprocess.DEVNULL)
    with (folder / "numbered_H.csv").open(newline="") as file:
        return {row["Id"]: row for row in csv.DictReader(file)}


def write_table(path: Path, rows: list[tuple]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)


def make(programs: Path, folder: Path, *, n_donors: int, n_chains: int) -> str:
    """Write the three files; a sentence about them."""
    with tempfile.TemporaryDirectory() as name:
        aside = Path(name)
        chains: dict[str, dict[str, str]] = {}
        for donor in range(1, n_donors + 1):
            rows = simulate(programs / "airrship", aside, donor=donor, n_chains=n_chains)
            chains |= {f"donor{donor}_{at:04d}": row for at, row in enumerate(rows)}
            print(f"donor {donor} of {n_donors}: {len(chains):,} chains", flush=True)
        chains = distinct_chains(chains)
        fasta = aside / FILES[0]
        entries = (f">{name}\n{translate(row['sequence'])}\n" for name, row in chains.items())
        fasta.write_text("".join(entries))
        numbered = number(programs / "anarcism", fasta, aside)
        found = [
            annotation
            for name, row in chains.items()
            if name in numbered
            for annotation in annotations(name, row, numbering_of(numbered[name]))
        ]
        write_table(aside / FILES[1], [Annotation._fields, *found])
        write_table(aside / FILES[2], [(gene(row["v_call"]), n) for n, row in chains.items()])
        for file in FILES:
            (folder / file).write_bytes((aside / file).read_bytes())
    concepts = {annotation.concept for annotation in found}
    return (
        f"{len(chains):,} chains, {len(chains) - len(numbered):,} of them without numbers; "
        f"{len(found):,} annotations of {len(concepts):,} concepts, in {folder}"
    )


def main() -> None:
    data = Path(os.environ.get("INTERPLM_DATA", "interplm_data"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=data / "antibodies", help="folder")
    parser.add_argument("--donors", type=int, default=8)
    parser.add_argument("--chains", type=int, default=250, help="of each donor")
    given = parser.parse_args()
    there = [str(given.out / file) for file in FILES if (given.out / file).exists()]
    if there:
        sys.exit(f"error: {', '.join(there)} would be overwritten: delete it, or give --out.")
    given.out.mkdir(parents=True, exist_ok=True)
    programs = install_tools(given.out / "tools")
    print(make(programs, given.out, n_donors=given.donors, n_chains=given.chains))
    print("Next: python -m interplm.pipeline experiment=antibodies")


if __name__ == "__main__":
    main()
