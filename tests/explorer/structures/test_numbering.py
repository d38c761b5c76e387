import gemmi
import pytest
from tests.explorer.runs import pdb
from tests.explorer.structures.files import atom_lines, file_of

from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.numbering import best_chain, number

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"
UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


def chain_of(sequence, numbers=None, *, header=(), **settings):
    numbers = [(n, " ") for n in numbers] if numbers is not None else None
    text = file_of(list(header), atom_lines(sequence, numbers=numbers, **settings))
    (chain,) = read_chains(text, "x")
    return chain


@pytest.mark.parametrize("first", [1, 801])
def test_residues_follow_the_protein_whatever_the_file_counts_from(first):
    found = number(chain_of(SEQUENCE[5:30], range(first, first + 25)), SEQUENCE)
    assert found.residues == list(range(5, 30))
    assert (found.identity, found.n_places) == (1, 1)
    assert found.coverage == pytest.approx(25 / len(SEQUENCE))
    assert found.fits


def test_a_gap_and_an_insertion_are_numbered_across():
    structure = SEQUENCE[:12] + "GGG" + SEQUENCE[12:20] + SEQUENCE[26:]
    residues = number(chain_of(structure), SEQUENCE).residues
    for index, residue in enumerate(residues):
        if residue is not None:
            assert structure[index] == SEQUENCE[residue]
    assert residues[:12] == list(range(12))
    assert residues[-1] == len(SEQUENCE) - 1
    assert residues.count(None) == 3


@pytest.mark.parametrize("copy", [0, 1, 2])
def test_the_files_own_numbers_say_which_copy_of_a_repeat_it_is(copy):
    protein = UBIQUITIN * 3 + "C"
    numbers = range(copy * 76 + 1, copy * 76 + 77)
    found = number(chain_of(UBIQUITIN, numbers), protein)
    assert found.residues == [n - 1 for n in numbers]
    assert (found.source, found.n_places) == ("numbers", 1)


def test_a_reference_to_the_database_says_it_too():
    dbref = "DBREF  1ABC A  501   576  UNP    P0CG47   UBB_HUMAN       77    152"
    chain = chain_of(UBIQUITIN, range(501, 577), header=[dbref])
    assert number(chain, UBIQUITIN * 3, accession="P0CG47").residues == list(range(76, 152))
    structure = gemmi.read_pdb_string(file_of(atom_lines(UBIQUITIN, numbers=[
        (n, " ") for n in range(501, 577)])))  # fmt: skip
    structure.setup_entities()
    document = structure.make_mmcif_document()
    names = ["pdbx_strand_id", "pdbx_db_accession", "pdbx_auth_seq_align_beg", "db_align_beg"]
    loop = document[0].init_loop("_struct_ref_seq.", names)
    loop.add_row(["A", "P0CG47", "501", "153"])
    (chain,) = read_chains(document.as_string(), "x.cif")
    assert number(chain, UBIQUITIN * 3, accession="P0CG47").residues == list(range(152, 228))


def test_where_nothing_says_which_copy_it_is_that_is_said():
    found = number(chain_of(UBIQUITIN, range(501, 577)), UBIQUITIN * 3)
    assert found.n_places == 3
    assert found.residues == list(range(76))


@pytest.mark.parametrize(
    ("protein", "missing"),
    [("MKVLWDERTYQQQQQQQQQQQQAAGIVGLCAWW", range(11, 15)),
     ("MKVLWDERTYSGSGSGSGSHKLNDEFAGIVGLCAWW", range(10, 14))],
)  # fmt: skip
@pytest.mark.parametrize("shift", [0, 300])
def test_missing_residues_of_a_monotonous_stretch_are_where_the_file_says(protein, missing, shift):
    kept = [i for i in range(len(protein)) if i not in missing]
    chain = chain_of("".join(protein[i] for i in kept), [i + 1 + shift for i in kept])
    assert number(chain, protein).residues == kept


def test_the_sequence_that_the_file_names_places_what_has_no_number_of_its_own():
    protein = "MKVLWDERTYQQQQQQQQQQQQAAGIVGLCAWW"
    kept = [i for i in range(len(protein)) if not 11 <= i < 15]
    structure = gemmi.read_pdb_string(pdb(protein))
    structure.setup_entities()
    structure.entities[0].full_sequence = [residue.name for residue in structure[0][0]]
    structure.assign_label_seq_id()
    for index, residue in enumerate(structure[0][0]):
        residue.seqid = gemmi.SeqId(5 + index // 2, " A"[index % 2])
    for index in reversed(range(11, 15)):
        del structure[0][0][index]
    (chain,) = read_chains(structure.make_mmcif_document().as_string(), "x.cif")
    assert number(chain, protein).residues == kept


def test_an_unknown_residue_is_neither_like_nor_unlike():
    found = number(chain_of(SEQUENCE, names={3: "UNK", 4: "UNK"}), SEQUENCE)
    assert found.identity == 1
    assert found.n_matches == len(SEQUENCE) - 2


def test_a_short_peptide_is_shown_if_all_of_it_is_there():
    assert number(chain_of("DRVYIHPF"), "DRVYIHPF").fits
    assert not number(chain_of("DRVYI"), "DRVYIHPF").fits


def test_a_tag_before_the_protein_has_no_number():
    residues = number(chain_of("GSHHHHHHSSG" + SEQUENCE), SEQUENCE).residues
    assert residues == [None] * 11 + list(range(len(SEQUENCE)))


def test_numbers_too_far_apart_to_be_numbers_are_not_believed():
    numbers = [*range(1, 21), *range(200_000, 200_010)]
    text = gemmi.read_pdb_string(pdb(SEQUENCE[:30])).make_mmcif_document()
    table = text[0].find("_atom_site.", ["auth_seq_id", "label_seq_id"])
    for index, row in enumerate(table):
        row[0], row[1] = str(numbers[index // 3]), "."
    (chain,) = read_chains(text.as_string(), "x.cif")
    assert number(chain, SEQUENCE).residues == list(range(30))


def test_another_protein_does_not_fit():
    assert not number(chain_of("GGGGGWWWWWHHHHHKKKKKGGGGG"), SEQUENCE).fits
    assert not number(chain_of("MKA"), SEQUENCE).fits


def test_the_chain_with_most_in_common_is_taken():
    chains = read_chains(pdb("G" * 40).replace("END\n", "") + pdb(SEQUENCE, chain="B"), "two.pdb")
    assert len(chains) == 2
    assert best_chain(chains, SEQUENCE)[0].name == "B"
