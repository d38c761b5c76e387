import pytest
from tests.explorer.runs import pdb

from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.numbering import best_chain, number

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def test_numbers_follow_the_protein_though_the_file_numbers_otherwise():
    (chain,) = read_chains(pdb(SEQUENCE[5:30], first=801), "x.pdb")
    numbering = number(chain.sequence, SEQUENCE)
    assert numbering.residues == list(range(5, 30))
    assert numbering.identity == 1
    assert numbering.coverage == pytest.approx(25 / len(SEQUENCE))
    assert numbering.fits


def test_a_gap_and_an_insertion_are_numbered_across():
    structure = SEQUENCE[:12] + "GGG" + SEQUENCE[12:20] + SEQUENCE[26:]
    residues = number(structure, SEQUENCE).residues
    for index, residue in enumerate(residues):
        if residue is not None:
            assert structure[index] == SEQUENCE[residue]
    assert residues[:12] == list(range(12))
    assert residues[-1] == len(SEQUENCE) - 1
    assert residues.count(None) == 3


def test_another_protein_does_not_fit():
    assert not number("GGGGGWWWWWHHHHHKKKKKGGGGG", SEQUENCE).fits
    assert not number("MKA", SEQUENCE).fits


def test_the_chain_with_most_in_common_is_taken():
    chains = read_chains(pdb("G" * 40).replace("END\n", "") + pdb(SEQUENCE, chain="B"), "two.pdb")
    assert len(chains) == 2
    assert best_chain(chains, SEQUENCE)[0].name == "B"
