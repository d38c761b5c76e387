import gemmi
import pytest
from tests.explorer.runs import pdb
from tests.explorer.structures.files import atom_lines, file_of

from interplm.explorer.structures.b_factors import with_activations

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSS"


@pytest.mark.parametrize("form", ["pdb", "cif"])
def test_each_atom_carries_its_residues_activation(form):
    text = file_of(atom_lines("G" * 12, chain="B"), ["TER"], atom_lines(SEQUENCE, numbers=[
        (n + 500, " ") for n in range(len(SEQUENCE))]))  # fmt: skip
    if form == "cif":
        text = gemmi.read_pdb_string(text).make_mmcif_document().as_string()
    made = with_activations(
        text, "x", protein=SEQUENCE, accession="P1", activations={3: 0.5, 4: 1.0}
    )
    model = gemmi.read_pdb_string(made)[0]
    for residue in model["A"]:
        expected = {503: 50.0, 504: 100.0}.get(residue.seqid.num, 0.0)
        assert {atom.b_iso for atom in residue} == {expected}
    assert {atom.b_iso for residue in model["B"] for atom in residue} == {0.0}


def test_only_the_first_model_is_kept():
    text = file_of(["MODEL        1"], atom_lines(SEQUENCE), ["ENDMDL", "MODEL        2"],
                   atom_lines(SEQUENCE), ["ENDMDL"])  # fmt: skip
    made = with_activations(text, "x", protein=SEQUENCE, accession="", activations={})
    assert len(gemmi.read_pdb_string(made)) == 1
    assert pdb(SEQUENCE)
