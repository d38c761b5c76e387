import numpy as np
import pytest
from tests.concepts.tables import uniprot_source
from tests.features.small_run import LENGTHS, N, write_all

from interplm.concepts import ByAccession, PlainTableSource, ProteinSplit
from interplm.concepts.uniprot_columns import COLUMNS
from interplm.errors import UserError
from interplm.features.scoring.annotated import read_annotated
from interplm.proteins import FastaSource

# The table has two of the columns.
N_ABSENT = sum(not column.beyond_original for column in COLUMNS) - 2
SPLITTER = ProteinSplit(validation_fraction=0.5, seed=0, n_aligned=0, grouping=ByAccession())
ACCESSIONS = [f"P{number}" for number in range(N)]


def read(source, tmp_path, proteins=None, accessions=ACCESSIONS):
    return read_annotated(
        source, SPLITTER, accessions=accessions, lengths=LENGTHS[: len(accessions)],
        minimum_instances=2, rejected_csv=tmp_path / "rejected.csv", proteins=proteins,
    )  # fmt: skip


@pytest.fixture
def table(tmp_path):
    return write_all(tmp_path)[1]


def test_proteins_come_in_the_order_of_the_table_with_all_that_is_shown(table, tmp_path):
    found = read(uniprot_source(table), tmp_path)
    assert [protein.accession for protein in found.proteins] == list(found.table.accessions)
    assert [len(protein.sequence) for protein in found.proteins] == LENGTHS.tolist()
    assert found.proteins[3].name == "Protein 3"
    assert found.proteins[3].alphafold
    assert {span.concept for span in found.proteins[3].spans} >= {"Helix"}
    assert found.splits == np.where(found.split.validation, "validation", "test").tolist()
    assert found.described("name") == {
        "name": "name", "n_proteins": N, "n_residues": LENGTHS.sum()
    }  # fmt: skip


def test_rejections_are_counted_by_reason_whatever_the_numbers_in_it(table, tmp_path):
    found = read(uniprot_source(table), tmp_path, accessions=ACCESSIONS[:50])
    assert sum(found.rejected.values()) == N + N - 50 + N_ABSENT
    assert found.rejected["the protein is not among those with activations"] == N - 50


def plain(tmp_path):
    lines = ["accession\tstart\tend\tconcept"]
    lines += [f"P{number}\t2\t9\tLoop" for number in range(20)]
    path = tmp_path / "own.tsv"
    path.write_text("\n".join(lines) + "\n")
    return PlainTableSource(
        path=path, kind="domain", category="Annotation", family="Annotations", evidence="any"
    )


def fasta(tmp_path, shorten=0):
    path = tmp_path / "proteins.fasta"
    path.write_text("".join(f">P{n}\n{'A' * (LENGTHS[n] - shorten)}\n" for n in range(N)))
    return FastaSource(path=path, name="proteins")


def test_sequences_that_the_annotations_lack_come_from_the_proteins(tmp_path):
    found = read(plain(tmp_path), tmp_path, proteins=fasta(tmp_path))
    assert [len(protein.sequence) for protein in found.proteins] == LENGTHS.tolist()
    # Of a protein without annotations its accession is known, too.
    assert found.proteins[-1].accession == f"P{N - 1}"


def test_proteins_that_are_not_those_with_activations_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"P0 has activations of \d+ residues, but \d+ in .*fasta"):
        read(plain(tmp_path), tmp_path, proteins=fasta(tmp_path, shorten=1))
