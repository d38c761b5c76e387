import base64
import re

import pytest
from tests.explorer.html import text_of
from tests.explorer.runs import pdb

from interplm.errors import MalformedInput, UserError
from interplm.explorer.address import Address
from interplm.explorer.pages.feature.panel import on_structure, whole_protein


def structure(explorer, **entries):
    return on_structure(explorer, explorer.reader.feature(1), Address(entries))


def given(text, of, name="x.pdb"):
    encoded = base64.b64encode(text.encode()).decode()
    return {"structure": encoded, "structure_name": name, "structure_of": of}


def other_of(explorer):
    """An example without a file, with its sequence."""
    accession = next(e.accession for e in explorer.reader.examples(1)
                     if explorer.structures.local(e.accession) is None)  # fmt: skip
    return accession, explorer.reader.proteins([accession])[accession].sequence


def test_the_whole_protein_is_shown_with_what_fires(explorer):
    html = whole_protein(explorer, explorer.reader.feature(1), Address({}))
    example = explorer.reader.examples(1)[0]
    protein = explorer.reader.proteins([example.accession])[example.accession]
    letters = "".join(re.findall(r"<i[^>]*>(.)</i>", html))
    assert letters == protein.sequence
    assert f"{len(example.positions)} fire" in text_of(html)


def test_a_structure_of_the_folder_is_coloured(explorer):
    html = structure(explorer)
    assert "100 % identical" in text_of(html)
    assert "&quot;levels&quot;:[" in html
    assert 'data-api="structure_coloured"' in html


def test_a_structure_that_was_given_is_coloured_and_another_one_refused(explorer):
    accession, sequence = other_of(explorer)
    html = structure(explorer, accession=accession, **given(pdb(sequence, first=500), accession))
    assert "numbered as in the file" in text_of(html)
    foreign = given(pdb("GWHKD" * 12), accession, "<b>bad.pdb")
    refused = structure(explorer, accession=accession, **foreign)
    assert "does not fit" in refused
    assert "<b>bad" not in refused
    other = structure(explorer, accession="DEMO00001", **foreign)
    assert "There is no structure of DEMO00001" in text_of(other)
    assert 'data-api="structure_coloured"' in structure(explorer, **foreign)


def test_alphafold_db_is_asked_about_the_protein_for_which_it_was_chosen(explorer, monkeypatch):
    asked = []

    def fetch(self, accession, sequence):
        asked.append(accession)
        raise UserError("out of reach")

    monkeypatch.setattr(type(explorer.structures), "fetch", fetch)
    accession, _ = other_of(explorer)
    structure(explorer, accession=accession, alphafold="DEMO00001")
    assert asked == []
    with pytest.raises(UserError, match="out of reach"):
        structure(explorer, accession=accession, alphafold=accession)
    assert asked == [accession]


def test_a_repeat_that_fits_twice_is_said(explorer):
    sequence = "MKTAYIAKQRQISFVKSHFSRQ"
    own = {"own": "1", "protein": sequence * 2}
    html = structure(explorer, **own, **given(pdb(sequence, first=300), "pasted sequence"))
    assert "fits at 2 places" in text_of(html)


def test_a_protein_without_a_structure_says_where_to_get_one(explorer):
    accession, _ = other_of(explorer)
    assert "open a PDB or mmCIF file" in text_of(structure(explorer, accession=accession))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"structure": "AAAA" * 2_000_000, "structure_name": "a.pdb"}, "larger than 2 MB"),
        ({"structure": "no base64!", "structure_name": "a.pdb"}, "did not arrive whole"),
        (given("no structure", ""), "give a PDB or mmCIF file"),
    ],
)
def test_what_is_no_structure_is_refused(explorer, entries, sentence):
    entries = {**entries, "structure_of": explorer.reader.examples(1)[0].accession}
    with pytest.raises(MalformedInput, match=sentence):
        structure(explorer, **entries)
