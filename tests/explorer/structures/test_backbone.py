import gemmi
import numpy as np
import pytest
from tests.explorer.runs import pdb
from tests.explorer.structures.files import atom_lines, file_of, water

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
    text = gemmi.read_pdb_string(pdb(SEQUENCE)).make_mmcif_document().as_string()
    (chain,) = read_chains(text, "x.cif")
    assert chain == read_chains(pdb(SEQUENCE), "x.pdb")[0]


def test_helices_that_the_file_states_are_believed():
    stated = "HELIX    1   1 LYS A    2  VAL A    6  1                                   5\n"
    (chain,) = read_chains(stated + pdb(SEQUENCE), "x.pdb")
    assert chain.kind == "chhhhh".ljust(len(SEQUENCE), "c")


def inserted(first, last):
    """Numbers from 1 of which some are told apart by letters alone."""
    return [
        (i + 1, " ") if i < first else (first, "ABCDEFGH"[i - first]) if i < last
        else (i + 1 - (last - first), " ") for i in range(len(SEQUENCE))
    ]  # fmt: skip


def test_a_helix_between_residues_with_letters_is_where_they_are():
    stated = "HELIX    1   1 LEU A   10A VAL A   10H 1                                   8\n"
    numbers = inserted(10, 18)
    (chain,) = read_chains(stated + file_of(atom_lines(SEQUENCE, numbers=numbers)), "x.pdb")
    assert chain.kind == ("c" * 10 + "h" * 8).ljust(len(SEQUENCE), "c")


@pytest.mark.parametrize(
    "text",
    [
        file_of(atom_lines(SEQUENCE), water(5)),
        file_of(atom_lines(SEQUENCE, names={0: "MSE", 22: "SEP"}, hetero={0, 22}), water(5)),
        file_of(atom_lines(SEQUENCE, numbers=inserted(10, 18))),
        file_of(atom_lines(SEQUENCE, numbers=[(i - 5, " ") for i in range(len(SEQUENCE))])),
        file_of(atom_lines(SEQUENCE, conformers={5: [("A", "VAL"), ("B", "VAL")]})),
        file_of(atom_lines(SEQUENCE, conformers={5: [("A", "VAL"), ("B", "SER")],
                                                 6: [("A", "VAL"), ("B", "ASN")]})),
        file_of(atom_lines(SEQUENCE, only_ca=True)),
        file_of(["MODEL        1"], atom_lines(SEQUENCE), ["ENDMDL", "MODEL        2"],
                atom_lines(SEQUENCE), ["ENDMDL"]),
        file_of(atom_lines(SEQUENCE, chain=" ")),
        file_of(atom_lines(SEQUENCE)).replace("\n", "\r\n"),
        "\ufeff" + gemmi.read_pdb_string(pdb(SEQUENCE)).make_mmcif_document().as_string(),
    ],
    ids=["water and no TER", "modified residues", "insertion codes", "negative numbers",
         "conformers", "two residues at one number", "Cα only", "models", "no chain letter",
         "CRLF", "byte-order mark"],
)  # fmt: skip
def test_each_residue_is_read_once_whatever_stands_around_it(text):
    (chain,) = read_chains(text, "x")
    assert chain.sequence == SEQUENCE
    assert len(set(chain.ca)) == len(SEQUENCE)
    assert chain.kind.count("h") > 0.8 * len(SEQUENCE)


@pytest.mark.parametrize("place", ["     nan     nan     nan", "     NaN   1.000   2.000"])
def test_a_residue_without_a_place_is_left_out(place):
    (chain,) = read_chains(file_of(atom_lines(SEQUENCE, places={3: place})), "x.pdb")
    assert chain.sequence == SEQUENCE[:3] + SEQUENCE[4:]
    assert np.isfinite(chain.ca).all()
    assert np.isfinite(chain.direction).all()


def test_atoms_at_one_place_have_no_direction_and_are_drawn_all_the_same():
    lines = [f"{line[:30]}   1.000   1.000   1.000{line[54:]}" for line in atom_lines("MKA")]
    (chain,) = read_chains(file_of(lines), "x.pdb")
    assert np.isfinite(chain.direction).all()
    assert np.isfinite(facing(chain.ca)).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><script>alert(1)</script></html>",
        "data_x\n_atom_site.id\n",
        "ATOM\n" * 9,
        # A letter of two bytes where the format has one column.
        file_of(atom_lines(SEQUENCE)).replace(" A ", " ß "),
    ],
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
