import numpy as np
import pytest
from tests.explorer.runs import pdb

from interplm.errors import MalformedInput
from interplm.explorer.structures.backbone import facing, read_chains

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def test_residues_coordinates_and_helix_of_a_pdb_file_are_read():
    (chain,) = read_chains(pdb(SEQUENCE), "x.pdb")
    assert chain.sequence == SEQUENCE
    assert len(chain.ca) == len(chain.direction) == len(chain.kind) == len(SEQUENCE)
    np.testing.assert_allclose(np.linalg.norm(chain.direction, axis=1), 1, atol=0.02)
    steps = np.linalg.norm(np.diff(chain.ca, axis=0), axis=1)
    assert np.abs(steps - 3.8).max() < 0.6
    assert chain.kind.count("h") > 0.8 * len(SEQUENCE)


def test_mmcif_says_the_same_as_pdb():
    import gemmi

    text = gemmi.read_pdb_string(pdb(SEQUENCE)).make_mmcif_document().as_string()
    (chain,) = read_chains(text, "x.cif")
    assert chain == read_chains(pdb(SEQUENCE), "x.pdb")[0]


def test_helices_that_the_file_states_are_believed():
    stated = "HELIX    1   1 LYS A    2  VAL A    6  1                                   5\n"
    (chain,) = read_chains(stated + pdb(SEQUENCE), "x.pdb")
    assert chain.kind == "chhhhh".ljust(len(SEQUENCE), "c")


@pytest.mark.parametrize(
    "text", ["", "<html><script>alert(1)</script></html>", "data_x\n_atom_site.id\n", "ATOM\n" * 9]
)
def test_a_file_without_a_protein_is_refused_by_name(text):
    with pytest.raises(MalformedInput, match=r"evil\.pdb .*give a PDB or mmCIF file"):
        read_chains(text, "evil.pdb")


def test_the_broad_side_faces_the_viewer_and_nothing_is_mirrored():
    ca = [(0.1 * (i % 3), 9.0 * i, 2.0 * (i % 5)) for i in range(30)]
    turn = facing(ca)
    assert np.linalg.det(turn) == pytest.approx(1)
    spread = (np.array(ca) @ turn).std(axis=0)
    assert spread[0] > spread[1] > spread[2]
