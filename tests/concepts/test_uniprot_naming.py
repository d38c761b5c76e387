import pytest
from omegaconf import OmegaConf

from interplm.concepts.feature_grammar import parse_features
from interplm.concepts.uniprot_columns import COLUMNS
from interplm.concepts.uniprot_naming import ConceptNaming, note_of
from interplm.errors import UserError
from interplm.runtime.configs import config_folder

GROUPS = OmegaConf.load(config_folder() / "concepts" / "uniprot.yaml").source.groups
COLUMN = {column.column: column for column in COLUMNS}


def names(column, note, qualifier="note"):
    """Without the any-concept, which every named column has at the end."""
    text = f'{COLUMN[column].key} 1; /{qualifier}="{note}"'
    (feature,) = parse_features(text)
    *found, last = ConceptNaming(GROUPS).concepts(COLUMN[column], feature)
    assert (last.name, last.scope) == (f"{COLUMN[column].category}: any", "any")
    return [concept.name.removeprefix(f"{COLUMN[column].category}: ") for concept in found]


@pytest.mark.parametrize(
    ("column", "note", "name"),
    [
        ("Zinc finger", "C2H2-type 3", "C2H2-type"),
        ("Zinc finger", "C2H2-type 12; atypical", "C2H2-type"),
        ("Zinc finger", "RING-type; degenerate", "RING-type"),
        ("Domain [FT]", "Ig-like C2-type 1", "Ig-like C2-type"),
        ("Domain [FT]", "EF-hand 2", "EF-hand"),
        ("Domain [FT]", "WD 5", "WD"),
        ("Domain [FT]", "EGF-like 4; calcium-binding", "EGF-like"),
        ("Domain [FT]", "ABC transmembrane type-1", "ABC transmembrane type-1"),
        ("Domain [FT]", "ABC transmembrane type-1 2", "ABC transmembrane type-1"),
        ("Motif", "Histidine box-2", "Histidine box-2"),
        ("Active site", "Proton acceptor; for dehydratase activity", "Proton acceptor"),
        ("Region", "Disordered", "Disordered"),
    ],
)
def test_a_name_has_no_number_of_the_instance_and_no_circumstances(column, note, name):
    assert names(column, note) == [name]


@pytest.mark.parametrize(
    ("column", "note", "expected"),
    [
        ("Modified residue", "Phosphoserine; by PKA", ["Phosphoserine", "Phosphorylation"]),
        ("Modified residue", "Tele-phosphohistidine", ["Tele-phosphohistidine", "Phosphorylation"]),
        ("Modified residue", "N-acetylalanine", ["N-acetylalanine", "Acetylation"]),
        ("Modified residue", "Omega-N-methylarginine", ["Omega-N-methylarginine", "Methylation"]),
        (
            "Modified residue",
            "(Microbial infection) O-acetylserine; by Yersinia YopJ",
            ["O-acetylserine", "Acetylation"],
        ),
        (
            "Modified residue",
            "N6-(ADP-ribosyl)lysine",
            ["N6-(ADP-ribosyl)lysine", "ADP-ribosylation"],
        ),
        ("Modified residue", "Allysine", ["Allysine"]),
        (
            "Glycosylation",
            "N-linked (GlcNAc...) (complex) asparagine; partial",
            ["N-linked (GlcNAc...) (complex) asparagine", "N-linked"],
        ),
        (
            "Glycosylation",
            "N-linked (Glc) (glycation) lysine",
            ["N-linked (Glc) (glycation) lysine", "Glycation"],
        ),
        (
            "Glycosylation",
            "O-linked (GlcNAc) serine; alternate",
            ["O-linked (GlcNAc) serine", "O-linked"],
        ),
        ("Glycosylation", "N-linked", ["N-linked"]),
        ("Lipidation", "S-farnesyl cysteine", ["S-farnesyl cysteine", "Prenylation"]),
        ("Lipidation", "Cholesterol glycine ester", ["Cholesterol glycine ester"]),
        # A substring of a group's word is not the group.
        ("Modified residue", "S-phosphoserinol", ["S-phosphoserinol"]),
    ],
)
def test_groups_hold_whole_names(column, note, expected):
    assert names(column, note) == expected


@pytest.mark.parametrize(
    ("ligand", "expected"),
    [
        ("Zn(2+)", ["Zn(2+)", "Metal ion"]),
        ("a divalent metal cation", ["a divalent metal cation", "Metal ion"]),
        ("[4Fe-4S] cluster", ["[4Fe-4S] cluster", "Iron-sulfur cluster"]),
        ("heme b", ["heme b", "Heme"]),
        ("ATP", ["ATP", "Nucleoside phosphate"]),
        # Digits belong to the name of a chemical.
        ("pyridone 6", ["pyridone 6"]),
        ("a 1,2-diacyl-sn-glycero-3-phosphate; X", ["a 1,2-diacyl-sn-glycero-3-phosphate; X"]),
    ],
)
def test_a_ligand_is_named_in_full(ligand, expected):
    assert names("Binding site", ligand, "ligand") == expected


@pytest.mark.parametrize("note", ["", "2", "any", "; degenerate"])
def test_without_a_name_only_any_remains(note):
    assert names("Zinc finger", note) == []


def test_a_column_without_names_is_one_concept():
    (feature,) = parse_features('DISULFID 3..9; /note="Interchain (with C-60)"')
    (concept,) = ConceptNaming(GROUPS).concepts(COLUMN["Disulfide bond"], feature)
    assert (concept.name, concept.kind, concept.scope) == ("Disulfide bond", "residue", "named")
    assert note_of(COLUMN["Disulfide bond"], feature) == "Interchain (with C-60)"


def test_what_is_remarked_on_a_ligand_is_kept_as_the_note():
    (feature,) = parse_features(
        'BINDING 118; /ligand="chlorophyll a"; /ligand_id="ChEBI:CHEBI:58416"; '
        '/ligand_label="ChlzD1"; /ligand_part="Mg"; /note="axial binding residue"'
    )
    note = "chlorophyll a; ChlzD1; Mg; axial binding residue"
    assert note_of(COLUMN["Binding site"], feature) == note


def test_each_column_states_its_kind():
    residue = {column.category for column in COLUMNS if column.kind == "residue"}
    assert residue == {
        "Active site",
        "Cross-link",
        "Disulfide bond",
        "Glycosylation",
        "Lipidation",
        "Metal binding",
        "Modified residue",
        "Site",
    }


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"Helix": {"Long": ["x"]}}, r"names 'Helix', which is not one of Active site, Binding"),
        ({"Motif": {"Box": ["("]}}, r"groups.Motif.Box is not a regular expression: missing \)"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, message):
    with pytest.raises(UserError, match=message):
        ConceptNaming(groups)
