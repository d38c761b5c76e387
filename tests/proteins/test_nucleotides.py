import random

import pytest

from interplm.proteins import FastaSource, ProteinRecord
from interplm.proteins.nucleotides import nucleotide_share


@pytest.mark.parametrize(
    ("sequence", "share"),
    [
        ("ACGT" * 25, 1.0),
        ("ACGU" * 25, 1.0),
        ("ACGTN" * 20, 1.0),
        ("ACGT" * 24 + "RYKM", 0.96),
    ],
)
def test_nucleotides_are_known_by_their_letters(sequence, share):
    assert nucleotide_share(sequence) == pytest.approx(share)


@pytest.mark.parametrize(
    "sequence",
    [
        "ACGTACGTACGTACGTACG",  # too short to tell
        "A" * 500,
        "GAGAGSGAGAGSGAGAGY" * 10,  # silk
        "GAGAGTGAGAGTGAGAGT" * 10,
        "ACGT" * 24 + "E",
        "ACGTWSVK" * 10,
        "CTGNACTGNAXXXXXXXXXXXX",
    ],
)
def test_odd_proteins_are_not_taken_for_nucleotides(sequence):
    assert nucleotide_share(sequence) == 0.0


def test_no_real_protein_is_taken_for_nucleotides(shared_data):
    for name in ("proteins.fasta.gz", "sequence_edge_cases.fasta"):
        source = FastaSource(path=shared_data / name, name="real", refuse_nucleotides=False)
        records = [record for record in source.read() if isinstance(record, ProteinRecord)]
        assert not any(nucleotide_share(record.sequence) for record in records)


def test_short_pieces_of_real_proteins_are_not_either(shared_data):
    dice = random.Random(0)
    records = FastaSource(path=shared_data / "proteins.fasta.gz", name="real").read()
    for record in list(records)[:5000]:
        start = dice.randrange(len(record.sequence))
        assert nucleotide_share(record.sequence[start : start + 20]) == 0.0
