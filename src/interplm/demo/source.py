"""The demo proteome as a source of proteins."""

from pathlib import Path

from interplm.demo.proteome import write_proteome
from interplm.proteins import FastaSource


def demo_source(*, folder: str | Path, n_proteins: int, seed: int, name: str) -> FastaSource:
    """Generate the proteome into a folder, as `write_proteome` does, and read its FASTA file.

    Args:
        folder: made if needed.
        n_proteins: see generate_proteome.
        seed: see generate_proteome.
        name: of the dataset.
    """
    fasta, _ = write_proteome(folder=folder, n_proteins=n_proteins, seed=seed)
    return FastaSource(path=fasta, name=name)
