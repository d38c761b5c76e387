import csv

import pytest
from tests.plms.toy import ToyPLM

from interplm.activations.readable import ReadableProteins
from interplm.errors import UserError
from interplm.proteins import FastaSource, Rejected, Selection, select, survey


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "a.fasta"
    path.write_text(">P1\nMKV\n>P2\nMKXV\n>P3\nXX\n>P4\nM1\n")
    return FastaSource(path=path, name="a")


def read(source, unknown_residues):
    return ReadableProteins(source, plm=ToyPLM(), unknown_residues=unknown_residues)


def test_refuse_stops_at_the_first_unknown_letter_with_both_ways_out(fasta):
    with pytest.raises(
        UserError,
        match=r"P2 \(line 3 of .*a.fasta\): toy has no token for 'X' at residue 3. Set "
        r"embedding.unknown_residues=leave_out .*, or window",
    ):
        list(read(fasta, "refuse").read())


def test_left_out_proteins_are_set_aside_with_the_reason(fasta, tmp_path):
    source = read(fasta, "leave_out")
    selection = Selection(min_residues=1, max_residues=None, n_proteins=None, seed=0)
    found = survey(source, selection, rejected_csv=tmp_path / "rejected.csv")
    assert [record.accession for record in select(source, selection, found)] == ["P1"]
    with (tmp_path / "rejected.csv").open() as file:
        reasons = {row["accession"]: row["reason"] for row in csv.DictReader(file)}
    assert reasons["P2"] == "toy has no token for 'X' at residue 3"
    assert set(reasons) == {"P2", "P3", "P4"}


def test_window_keeps_what_has_a_known_letter(fasta):
    records = {record.accession: record for record in read(fasta, "window").read()}
    assert records["P2"].sequence == "MKXV"
    assert isinstance(records["P3"], Rejected)


def test_the_file_is_the_source_s(fasta):
    readable = read(fasta, "window")
    assert (readable.path, readable.sha256()) == (fasta.path, fasta.sha256())


def test_an_unknown_way_is_refused(fasta):
    with pytest.raises(UserError, match="must be refuse, leave_out or window, got 'mask'"):
        read(fasta, "mask")
