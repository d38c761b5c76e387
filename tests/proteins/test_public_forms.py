"""Whole files of sequences as databases write them."""

from pathlib import Path

from interplm.proteins import FastaSource, ProteinRecord, UniProtTsvSource

FORMS = Path(__file__).parents[1] / "public_forms"


def read(name):
    records = list(FastaSource(path=FORMS / name, name="test").read())
    kept = [record for record in records if isinstance(record, ProteinRecord)]
    return kept, [record for record in records if record not in kept]


def test_proteome_of_jgi():
    kept, (stopped,) = read("jgi.fasta")
    assert [(record.accession, len(record.sequence)) for record in kept] == [
        ("Aspxx1|1001", 15),
        ("Aspxx1|1002", 36),
        ("Aspyy2|1001", 15),
        ("Phyra1_1|71587", 27),
    ]
    assert (stopped.accession, stopped.reason) == ("Aspxx1|1003", "stop codon '*' at residue 9")


def test_headers_of_nr():
    kept, rejected = read("nr.fasta")
    assert rejected == []
    assert [(record.accession, len(record.sequence)) for record in kept] == [
        ("WP_900000001.1", 81),
        ("NP_900002.1", 70),
        ("S90001", 10),
        ("9000001A", 10),
        ("9XYZ_A", 10),
        ("9XYZ_B", 10),
        ("BAA90001.1", 10),
        ("9XYZ_C", 10),
    ]
    assert kept[1].description == (
        "syntaxin 4 [Mus musculus] ; gi|900003|sp|P90031|STX4_MOUSE RecName: Full=Syntaxin-4"
    )


def test_sequences_in_exports_of_uniprot():
    for name, expected in [("uniprot_2021.tsv", [70, 50]), ("uniprot_2026.tsv", [80, 60])]:
        table = UniProtTsvSource(path=FORMS / name, name="test", reviewed_only=True)
        assert [len(record.sequence) for record in table.read()] == expected
