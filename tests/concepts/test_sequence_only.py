import numpy as np
import pytest
from tests.concepts.tables import parted

from interplm.concepts import SequenceOnlySource, collect
from interplm.errors import MissingArtifact
from interplm.proteins import FastaSource


def source(tmp_path, text=">P1 kinase\nMKKV\n>P2\nM1K\n>P3\nMM\n"):
    path = tmp_path / "a.fasta"
    path.write_text(text)
    return SequenceOnlySource(proteins=FastaSource(path=path, name="test"))


def test_proteins_come_with_their_sequences_and_no_spans(tmp_path):
    proteins, (rejected,) = parted(source(tmp_path))
    assert [(p.accession, p.sequence, p.name, p.spans) for p in proteins] == [
        ("P1", "MKKV", "kinase", ()),
        ("P3", "MM", "", ()),
    ]
    assert (rejected.accession, rejected.field, rejected.line) == ("P2", "sequence", 3)


def test_amino_acids_are_the_concepts(tmp_path):
    found = collect(
        source(tmp_path),
        accessions=["P3", "P1"],
        lengths=np.array([2, 4]),
        minimum_instances=1,
        rejected_csv=tmp_path / "rejected.csv",
    )
    assert {concept.name for concept in found.table.concepts} == {
        "Amino acid: M",
        "Amino acid: K",
        "Amino acid: V",
    }
    assert found.table.accessions == ("P3", "P1")


def test_it_is_known_by_the_file_of_proteins(tmp_path):
    given = source(tmp_path)
    assert given.sha256() == FastaSource(path=tmp_path / "a.fasta", name="x").sha256()
    assert (str(given), given.paths) == (str(tmp_path / "a.fasta"), ())
    (tmp_path / "a.fasta").unlink()
    with pytest.raises(MissingArtifact, match=r"correct proteins\.path"):
        list(given.read())
