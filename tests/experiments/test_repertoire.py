"""Files of a repertoire, with programs that stand in for AIRRSHIP and anarcism."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from experiments.antibodies.rearrangements import translate
from tests.concepts.tables import parted
from tests.experiments.test_rearrangements import SEQUENCE, UNMUTATED, numbering, rearrangement

from interplm.concepts import PlainTableSource
from interplm.proteins import FastaSource

SCRIPT = Path(__file__).parents[2] / "experiments" / "antibodies" / "repertoire.py"
# The second has the amino acids of the first; the others can't be read by the PLM.
SEQUENCES = [SEQUENCE, SEQUENCE, UNMUTATED, SEQUENCE[:6] + "TAA" + SEQUENCE[9:],
             SEQUENCE[:6] + "NNN" + SEQUENCE[9:]]  # fmt: skip


def write(path, rows, delimiter):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def stand_in(path, text):
    path.write_text(f"#!{sys.executable}\nimport shutil, sys\nnext_to = sys.argv.index\n{text}")
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path):
    """Where the tools are installed already."""
    programs = tmp_path / "antibodies" / "tools" / "bin"
    programs.mkdir(parents=True)
    simulated, numbered = tmp_path / "simulated.tsv", tmp_path / "numbered.csv"
    write(simulated, [rearrangement(sequence=sequence) for sequence in SEQUENCES], "\t")
    numbers = [number for number, _ in numbering()]
    row = {"Id": "donor1_0000", "score": "150.0"} | dict(numbering())
    residues = translate(UNMUTATED)[: len(numbers)]
    other = {"Id": "donor1_0002", "score": "150.0"} | dict(zip(numbers, residues, strict=True))
    write(numbered, [row, other], ",")
    stand_in(
        programs / "airrship",
        f"""
out = sys.argv[next_to("--outdir") + 1] + "/" + sys.argv[next_to("-o") + 1]
shutil.copy({str(simulated)!r}, out + ".tsv")
""",
    )
    stand_in(
        programs / "anarcism",
        f"""
shutil.copy({str(numbered)!r}, sys.argv[next_to("-o") + 1] + "_H.csv")
""",
    )
    return tmp_path / "antibodies"


def make(folder):
    command = [sys.executable, str(SCRIPT), "--out", str(folder), "--donors", "1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_chains_that_differ_are_written_with_annotations_that_our_source_reads(folder):
    done = make(folder)
    assert "2 chains, 0 of them without numbers" in done.stdout, done.stderr
    source = FastaSource(
        path=folder / "heavy_chains.fasta", name="antibodies", aligned=False,
        refuse_nucleotides=True, longest_record=1000,
    )  # fmt: skip
    assert [(p.accession, p.sequence) for p in source.read()] == [
        ("donor1_0000", translate(SEQUENCE)), ("donor1_0002", translate(UNMUTATED)),
    ]  # fmt: skip
    table = PlainTableSource(
        path=folder / "annotations.tsv", kind="domain", category="A", family="F", evidence="any"
    )
    proteins, rejected = parted(table)
    assert rejected == []
    assert [p.accession for p in proteins] == ["donor1_0000", "donor1_0002"]
    assert table.concepts["J gene IGHJ4"].category == "J gene"
    assert table.concepts["Mutated residue"].kind == "residue"
    genes = (folder / "v_genes.tsv").read_text().splitlines()
    assert genes == ["IGHV3-23\tdonor1_0000", "IGHV3-23\tdonor1_0002"]


def test_what_is_there_is_not_overwritten(folder):
    (folder / "annotations.tsv").write_text("mine")
    done = make(folder)
    assert done.returncode == 1
    assert "annotations.tsv would be overwritten: delete it, or give --out." in done.stderr
    assert (folder / "annotations.tsv").read_text() == "mine"
