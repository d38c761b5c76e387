from dataclasses import replace

import pytest

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.pages.your_protein.given import (
    EXAMPLES,
    chosen_protein,
    encoder_of,
    given_proteins,
)


def test_accessions_of_scored_proteins_are_looked_up(explorer):
    stored = explorer.reader.proteins(["DEMO00001", "DEMO00002"])
    found = given_proteins(explorer, "DEMO00001, demo00002")
    assert [record.sequence for record in found] == [
        stored["DEMO00001"].sequence, stored["DEMO00002"].sequence,
    ]  # fmt: skip


def test_an_accession_that_was_not_scored_says_so(explorer):
    with pytest.raises(MalformedInput, match="P99999 is not one of the 120 proteins"):
        given_proteins(explorer, "P99999")


@pytest.mark.parametrize(
    "text", ["MKAVAV", "mka vav", ">a\nMKA\nVAV", ">sp|P1|X\nMKAVAV", ">5\nMKAVAV"]
)
def test_sequences_and_fasta_are_no_accessions(explorer, text):
    assert given_proteins(explorer, text)[0].sequence == "MKAVAV"


def test_several_records_are_read_and_one_is_chosen(explorer):
    text = "".join(f">p{n}\nMKAV{'A' * n}\n" for n in range(1, 6))
    assert len(given_proteins(explorer, text)) == 5
    for number, name in (("", "p1"), ("3", "p3"), ("99", "p5"), ("x", "p1")):
        assert (
            chosen_protein(explorer, Address({"protein": text, "record": number})).accession == name
        )
    assert chosen_protein(explorer, Address({})) is None


def test_nucleotides_and_long_sequences_are_refused(explorer):
    with pytest.raises(MalformedInput, match="has 501 residues, the limit is 500"):
        given_proteins(explorer, "M" * 501)
    with pytest.raises(MalformedInput, match="201 FASTA records, at most 200"):
        given_proteins(explorer, ">a\nMK\n" * 201)


@pytest.mark.parametrize(("name", "length"), [("p53", 393), ("ubiquitin", 76), ("GFP", 238)])
def test_the_examples_are_whole(explorer, name, length):
    (record,) = given_proteins(explorer, EXAMPLES[name])
    assert len(record.sequence) == length
    if name == "p53":
        assert [record.sequence[n - 1] for n in (175, 245, 248, 273)] == ["R", "G", "R", "R"]


def test_a_run_without_models_says_what_is_missing(explorer):
    bare = replace(explorer, encoder=None)
    with pytest.raises(MalformedInput, match="settings are not beside"):
        encoder_of(bare)
