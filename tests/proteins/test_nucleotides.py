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


def test_neither_real_proteins_nor_their_pieces_are_taken_for_nucleotides(shared_data):
    dice = random.Random(0)
    source = FastaSource(
        path=shared_data / "proteins.fasta.gz", name="real", refuse_nucleotides=False
    )
    for record in source.read():
        if isinstance(record, ProteinRecord):
            start = dice.randrange(len(record.sequence))
            for piece in (record.sequence, record.sequence[start : start + 20]):
                assert nucleotide_share(piece) == 0.0
