"""A whole file as the PDB writes it; residues were numbered by hand."""

from pathlib import Path

import pytest

from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.numbering import best_chain, number

FORM = Path(__file__).parents[2] / "public_forms" / "author_numbering.cif"
# Twenty residues twice, of which the file holds the second copy.
PROTEASE = "MCKESGSVITDHNPQRFWYLACKESGSVITDHNPQRFWYLACKESGSVIT"
INHIBITOR = "MADEEKLPPGWEKRMSRSSG"


@pytest.fixture(scope="module")
def chains():
    return read_chains(FORM.read_text(), FORM.name)


def test_chains_are_read_as_the_authors_count(chains):
    protease, inhibitor = chains
    assert (protease.name, inhibitor.name) == ("H", "L")
    # Without coordinates: G and S of the tag, N25, P26 and A33; beside them a zinc ion and water.
    assert protease.sequence == "HCKESGSVITDHQRFWYL"
    assert protease.ids[:8] == ["0", "16", "17", "18", "18A", "18B", "19", "20"]
    assert protease.kind == "cchhhhhhcccccccccc"
    # Of glutamate and glutamine at one place the first, and selenomethionine as methionine.
    assert inhibitor.sequence == "EKLPPGWEKRMS"
    assert inhibitor.kind == "ccchhhcccccc"


def test_numbers_with_letters_are_placed_where_the_file_says(chains):
    found = number(chains[0], PROTEASE, accession="Q90031")
    # C22 to H32 and Q35 to L40; the tag has no place, though the protein has its H too.
    assert found.residues == [None, *range(21, 32), *range(34, 40)]
    assert (found.source, found.n_places, found.fits) == ("numbers", 1, True)


def test_a_reference_that_does_not_fit_is_not_believed(chains):
    moved = "AAA" + PROTEASE
    assert number(chains[0], moved, accession="Q90031").residues[-6:] == list(range(37, 43))


def test_the_inhibitor_starts_at_its_fifth_residue(chains):
    chain, found = best_chain(chains, INHIBITOR, accession="Q90032")
    assert chain.name == "L"
    assert found.residues == list(range(4, 16))
