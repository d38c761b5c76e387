import csv
import io
import re
from collections import Counter
from itertools import product
from pathlib import Path

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.concepts.tables import parted, uniprot_source, written

from interplm.concepts import ConceptSpan
from interplm.concepts.uniprot_columns import COLUMNS
from interplm.errors import MalformedInput, MissingArtifact, UserError
from interplm.proteins.text import numbered_lines
from interplm.proteins.uniprot_tsv import read_rows

SEQUENCE = "MKCCTSNNSTYCKK"
COLUMN_OF = {column.category: column for column in COLUMNS}
# Accession, column and the locations in it, as the 53 rows have them.
PLACES = [
    line.split("\t")
    for line in Path(__file__).with_name("edge_case_places.tsv").read_text().splitlines()
]


def read(tmp_path, **changed):
    """Protein and rejections of one entry."""
    row = {"Entry": "P1", "Sequence": SEQUENCE} | changed
    (protein,), rejected = parted(uniprot_source(written(tmp_path / "a.tsv", [row])))
    return protein, [row for row in rejected if row.accession]


def places(protein):
    """Sorted (concept, start, stop) of a protein."""
    return sorted((span.concept, span.start, span.stop) for span in protein.spans)


def test_an_annotation_is_a_span_of_each_of_its_concepts(tmp_path):
    text = 'CARBOHYD 7; /note="N-linked (GlcNAc...) asparagine"; /evidence="ECO:1|A, ECO:2"'
    protein, rejected = read(tmp_path, Glycosylation=text)
    assert rejected == []
    assert protein.spans == tuple(
        ConceptSpan(
            accession="P1",
            concept=f"Glycosylation: {name}",
            start=6,
            stop=7,
            note="N-linked (GlcNAc...) asparagine",
            evidence=("ECO:1|A", "ECO:2"),
        )
        for name in ("N-linked (GlcNAc...) asparagine", "N-linked", "any")
    )


def test_a_disulfide_bond_is_one_instance_of_its_two_ends(tmp_path):
    text = 'DISULFID 3..12; DISULFID 4; /note="Interchain"'
    protein, _ = read(tmp_path, **{"Disulfide bond": text})
    found = [(span.start, span.stop, span.ends_only) for span in protein.spans]
    assert found == [(2, 12, True), (3, 4, True)]


def test_overlapping_and_equal_instances_stay_separate(tmp_path):
    protein, _ = read(tmp_path, Region="REGION 1..5; REGION 4..8; REGION 4..8")
    expected = [("Region: any", 0, 5), ("Region: any", 3, 8), ("Region: any", 3, 8)]
    assert places(protein) == expected


def test_what_gives_no_span_comes_back_with_its_reason(tmp_path):
    text = 'HELIX 1..?; /note="a; b"; HELIX P1-2:3..5; HELIX 15..16; TURN 1..2; HELIX 1-4'
    protein, rejected = read(tmp_path, Helix=text)
    assert protein.spans == ()
    assert [(row.field, row.piece, row.reason) for row in rejected] == [
        ("Helix", 'HELIX 1..?; /note="a; b"', "an end is unknown"),
        ("Helix", "HELIX P1-2:3..5", "the position is on P1-2, another sequence"),
        ("Helix", "HELIX 15..16", "it ends at 16, the sequence has 14 residues"),
        ("Helix", "TURN 1..2", "TURN does not belong here: the column holds HELIX"),
        ("Helix", "HELIX 1-4", "1-4 is not a location"),
    ]
    assert {row.line for row in rejected} == {2}


def test_columns_without_positions_are_labels(tmp_path):
    protein, rejected = read(
        tmp_path,
        **{
            "EC number": "1.1.1.1; 2.7.11.-",
            "Cofactor": "COFACTOR: Note=Binds something;",
            "Domain [CC]": "DOMAIN: The tail binds. {ECO:1}.",
            "Helix": "",
            "AlphaFoldDB": "P1;",
            "Protein names": "Kinase",
        },
    )
    assert protein.labels == {
        "EC number": ("1.1.1.1", "2.7.11.-"),
        "Domain [CC]": ("The tail binds",),
    }
    assert (protein.alphafold, protein.name, protein.spans) == (True, "Kinase", ())
    assert [(row.field, row.reason) for row in rejected] == [("Cofactor", "there is no name in it")]


def test_an_entry_that_is_no_protein_is_given_back_whole(tmp_path):
    rows = [
        {"Entry": "P1", "Length": "3", "Sequence": "MK", "Helix": "HELIX 1..2"},
        {"Entry": "P2", "Length": "2", "Sequence": "MK", "Helix": "HELIX 1..2"},
    ]
    proteins, rejected = parted(uniprot_source(written(tmp_path / "a.tsv", rows)))
    assert [protein.accession for protein in proteins] == ["P2"]
    (row,) = [row for row in rejected if row.accession]
    assert (row.field, row.piece, row.line) == ("length", "the whole entry", 2)


def test_columns_that_the_table_lacks_are_named_once(tmp_path):
    rows = [{"Entry": name, "Sequence": "MK", "Helix": ""} for name in ("P1", "P2")]
    _, rejected = parted(uniprot_source(written(tmp_path / "a.tsv", rows)))
    lacking = [c.column for c in COLUMNS if c.column != "Helix" and not c.beyond_original]
    assert [row.field for row in rejected] == lacking
    assert "the table has no such column" in rejected[0].reason


def test_a_feature_past_the_end_is_clipped_and_that_is_said(tmp_path):
    sites = 'DISULFID 3..20; DISULFID 15; /note="Interchain"'
    protein, rejected = read(
        tmp_path, **{"Helix": "HELIX 12..15", "Region": "REGION 9..99", "Disulfide bond": sites}
    )
    assert places(protein) == [("Disulfide bond", 2, 3), ("Helix", 11, 14), ("Region: any", 8, 14)]
    assert [(row.piece, row.reason) for row in rejected] == [
        (
            "DISULFID 3..20",
            "it ends at 20, the sequence has 14 residues: only its first end is taken",
        ),
        ('DISULFID 15; /note="Interchain"', "it ends at 15, the sequence has 14 residues"),
        ("HELIX 12..15", "it ends at 15, the sequence has 14 residues: clipped"),
        ("REGION 9..99", "it ends at 99, the sequence has 14 residues: clipped"),
    ]


def test_columns_that_the_original_left_out_and_those_of_former_releases_are_read(tmp_path):
    protein, rejected = read(
        tmp_path,
        **{
            "Transmembrane": 'TRANSMEM 3..9; /note="Helical; Name=1"',
            "DNA binding": 'DNA_BIND 2..8; /note="HMG box 2"',
            "Topological domain": 'TOPO_DOM 1..2; /note="Cytoplasmic"',
            "Site": 'SITE 4..5; /note="Cleavage; by furin"',
            "Cross-link": 'CROSSLNK 2..12; /note="Isoglutamyl lysine isopeptide (Lys-Gln)"',
            "Propeptide": 'PROPEP 1..3; /note="Removed in mature form"',
            "Peptide": 'PEPTIDE 4..9; /note="Angiotensin-2"; /id="PRO_1"',
            "Intramembrane": 'INTRAMEM 3..7; /note="Pore-forming"',
            "Repeat": 'REPEAT 1..4; /note="WD 1"; REPEAT 6..9; /note="WD 2"',
            "Metal binding": 'METAL 4;  /note="Zinc 1; catalytic";  /evidence="ECO:1"',
            "Nucleotide binding": 'NP_BIND 5..9;  /note="ATP"',
            "Calcium binding": 'CA_BIND 5..9;  /note="1"',
        },
    )
    assert [row for row in rejected if row.accession] == []
    assert {span.concept for span in protein.spans} == {
        *("Transmembrane: Helical", "Transmembrane: any", "DNA binding: HMG box"),
        *("DNA binding: any", "Topological domain: Cytoplasmic", "Topological domain: any"),
        *("Site: Cleavage", "Site: any", "Cross-link: any", "Propeptide", "Peptide"),
        *("Cross-link: Isoglutamyl lysine isopeptide (Lys-Gln)", "Intramembrane: any"),
        *("Intramembrane: Pore-forming", "Repeat: WD", "Repeat: any", "Metal binding: Zinc"),
        *("Metal binding: any", "Nucleotide binding: ATP", "Nucleotide binding: any"),
        "Calcium binding: any",
    }
    assert {s.ends_only for s in protein.spans if s.concept.startswith("Cross-link")} == {True}


def test_the_ligand_of_a_former_binding_site_stands_in_its_note(tmp_path):
    protein, _ = read(tmp_path, **{"Binding site": 'BINDING 3;  /note="NAD; via amide nitrogen"'})
    assert [place[0] for place in places(protein)] == ["Binding site: NAD", "Binding site: any"]


def test_columns_of_features_that_are_not_read_are_named_once(tmp_path):
    filled = {"Chain": 'CHAIN 1..14; /note="x"', "Organism": "Mouse 1", "Novelty": "NEW_FT 1..2"}
    rows = [{"Entry": n, "Sequence": SEQUENCE, "Helix": ""} | filled for n in ("P1", "P2")]
    _, rejected = parted(uniprot_source(written(tmp_path / "a.tsv", rows)))
    assert [(row.field, row.reason) for row in rejected if "is not read" in row.reason] == [
        (
            "Chain",
            "the column is not read: it tells the extent of the mature protein, which is nearly "
            "all of it",
        ),
        ("Novelty", "the column is not read: features NEW_FT are not known here"),
    ]


def test_evidence_that_is_not_asked_for_is_set_aside(tmp_path):
    text = 'TURN 1..2; /evidence="ECO:0007829|PDB:1"; TURN 3..4; /evidence="ECO:0000255"; TURN 5'
    path = written(tmp_path / "a.tsv", [{"Entry": "P1", "Sequence": SEQUENCE, "Turn": text}])
    (protein,), rejected = parted(uniprot_source(path, evidence="experimental"))
    assert places(protein) == [("Turn", 0, 2)]
    assert [row.reason for row in rejected if row.accession] == [
        "its evidence is not of the kind asked for"
    ] * 2


def test_unreviewed_entries_are_left_out_where_asked(tmp_path):
    rows = [
        {"Entry": "P1", "Reviewed": "unreviewed", "Sequence": "MK", "Helix": ""},
        {"Entry": "P2", "Reviewed": "reviewed", "Sequence": "MK", "Helix": ""},
    ]
    path = written(tmp_path / "a.tsv", rows)
    proteins, _ = parted(uniprot_source(path, reviewed_only=True))
    assert [protein.accession for protein in proteins] == ["P2"]


def test_a_table_without_annotations_or_no_table_is_refused(tmp_path):
    path = written(tmp_path / "a.tsv", [{"Entry": "P1", "Sequence": "MK"}])
    with pytest.raises(MalformedInput, match="has no column of annotations such as 'Active site'"):
        list(uniprot_source(path).read())
    with pytest.raises(MissingArtifact, match=r"none does not exist: correct concepts.source.path"):
        list(uniprot_source(tmp_path / "none").read())


SPOILT = [{"Entry": f"P{n}", "Sequence": SEQUENCE, "Helix": "1-3, 5-9"} for n in range(12)]


def test_a_column_in_which_nothing_can_be_read_is_refused(tmp_path):
    rows = [row | {"Turn": "TURN 4"} for row in SPOILT]
    message = r"a.tsv: nothing in the 12 fields of the column Helix .*line 2 has '1-3, 5-9'"
    with pytest.raises(MalformedInput, match=message):
        parted(uniprot_source(written(tmp_path / "a.tsv", rows)))


def test_a_small_table_in_which_nothing_can_be_read_is_refused(tmp_path):
    rows = [row | {"Turn": "4"} for row in SPOILT[:5]]
    with pytest.raises(MalformedInput, match="nothing in the 5 fields of the column Helix"):
        parted(uniprot_source(written(tmp_path / "a.tsv", rows)))


def test_a_column_with_one_readable_field_is_read(tmp_path):
    rows = [*SPOILT, {"Entry": "Q", "Sequence": SEQUENCE, "Helix": "HELIX 1..?"}]
    proteins, rejected = parted(uniprot_source(written(tmp_path / "a.tsv", rows)))
    assert (len(proteins), len([row for row in rejected if row.accession])) == (13, 13)


def test_evidence_that_no_annotation_has_is_refused(tmp_path):
    path = written(tmp_path / "a.tsv", [{"Entry": "P1", "Sequence": SEQUENCE, "Turn": "TURN 5"}])
    with pytest.raises(
        UserError, match=r"none of 1 annotations has the evidence .*\(experimental\)"
    ):
        parted(uniprot_source(path, evidence="experimental"))


def resaved(rows, *, delimiter, form):
    """The table as pandas or a spreadsheet saves it ("doubled", "all"), or R ("escaped")."""
    columns = list(rows[0])
    if form == "escaped":
        quoted = [[f'"{re.sub("[^A-Za-z0-9_]", ".", cell)}"' for cell in columns]]
        for number, row in enumerate(rows):
            cells = [str(number), *(row[name].replace('"', '\\"') for name in columns)]
            quoted.append([f'"{cell}"' for cell in cells])
        return "".join(delimiter.join(cells) + "\n" for cells in quoted)
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if form == "all" else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerows([columns, *([row[name] for name in columns] for row in rows)])
    return text.getvalue()


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"]


@pytest.mark.parametrize(
    ("delimiter", "form", "encoding"),
    [
        *product(["\t", ",", ";"], ["doubled", "all", "escaped"], ["utf-8"]),
        *product(["\t"], ["doubled"], ENCODINGS),
    ],
)
def test_a_table_saved_again_gives_the_same(tmp_path, shared_data, delimiter, form, encoding):
    table = shared_data / "uniprot_edge_cases.tsv"
    lines = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    rows = [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]
    again = tmp_path / "again"
    again.write_bytes(
        resaved(rows, delimiter=delimiter, form=form).encode(encoding, errors="replace")
    )
    before, after = (parted(uniprot_source(path)) for path in (table, again))
    assert before == after


@pytest.mark.parametrize("nothing", ["NA", "nan"])
def test_what_programs_write_for_nothing_is_nothing_in_every_column(tmp_path, nothing):
    columns = ("Protein names", "Length", "AlphaFoldDB", "EC number", "Cofactor", "Domain [CC]",
               "Helix", "Chain", "Novel")  # fmt: skip
    protein = {"Entry": "P1", "Sequence": SEQUENCE}
    last = {"Entry": "P2", "Sequence": SEQUENCE, "Chain": "CHAIN 1..3", "Novel": "NOVELTY 1..3"}
    rows = [protein | dict.fromkeys(columns, cell) for cell in ("", nothing)]
    empty, filled = (
        parted(uniprot_source(written(tmp_path / "a.tsv", [row, last]))) for row in rows
    )
    assert filled == empty
    assert {"Chain", "Novel"} <= {row.field for row in filled[1]}


def test_columns_under_the_names_that_r_gives_them_are_read(tmp_path):
    row = {"Domain [FT]": "DOMAIN 1..3", "Cross-link": "CROSSLNK 2..5", "EC number": "1.1.1.1",
           "Sequence conflict": "CONFLICT 4"}  # fmt: skip
    rows = [{"Entry": "P1", "Sequence": SEQUENCE} | row]
    plain, again = tmp_path / "a.tsv", tmp_path / "b.tsv"
    again.write_text(resaved(rows, delimiter="\t", form="escaped"))
    assert "Domain..FT." in again.read_text()
    assert parted(uniprot_source(again)) == parted(uniprot_source(written(plain, rows)))


def test_the_largest_table_saved_again_gives_the_same(tmp_path, shared_data):
    table = shared_data / "uniprot_annotated.tsv.gz"
    frame = pandas.read_csv(table, sep="\t", quoting=csv.QUOTE_NONE, dtype=str)
    again = tmp_path / "again.csv"
    frame.to_csv(again, index=False)
    before, after = (list(read_rows(path, numbered_lines(path))) for path in (table, again))
    assert before == after


PIECES = st.one_of(
    st.sampled_from(
        ["HELIX 1..3", "HELIX 2..?", 'HELIX 4; /note="HELIX 5..6; x"', "HELIX 9..99", "HELIX x"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=5))
def test_every_annotation_is_a_span_or_a_rejection_whatever_the_text(tmp_path_factory, pieces):
    protein, rejected = read(tmp_path_factory.mktemp("fuzz"), Helix="; ".join(pieces))
    given_back = "; ".join(row.piece for row in rejected)
    n_written = sum(piece.startswith("HELIX ") for piece in pieces)
    quoted = 'HELIX 4; /note="HELIX'
    # Of a feature that is clipped a part is taken, the rest given back.
    n_clipped = sum(row.reason.endswith("clipped") for row in rejected)
    n_given_back = given_back.count("HELIX ") - given_back.count(quoted) - n_clipped
    assert len(protein.spans) + n_given_back == n_written


def expected_place(location, length):
    """0-based and half-open, or None: what a reader makes of a location."""
    if "?" in location or ":" in location:
        return None
    ends = [int(end.strip("<>")) for end in location.split("..")]
    assert 1 <= ends[0] <= ends[-1] <= length
    return ends[0] - 1, ends[-1]


def test_the_awkward_rows_have_the_expected_spans(shared_data):
    proteins, rejected = parted(uniprot_source(shared_data / "uniprot_edge_cases.tsv"))
    assert len(proteins) == 53
    by_accession = {protein.accession: protein for protein in proteins}
    found, expected, set_aside = Counter(), Counter(), Counter()
    for accession, name, locations in PLACES:
        column = next(column for column in COLUMNS if column.column == name)
        whole = f"{column.category}: any" if column.named_by else column.category
        protein = by_accession[accession]
        for location in locations.split():
            place = expected_place(location, len(protein.sequence))
            if place is None:
                set_aside[accession, name] += 1
            else:
                expected[accession, whole, *place] += 1
    for protein in proteins:
        for span in protein.spans:
            category = span.concept.partition(":")[0]
            if span.concept in (f"{category}: any", category):
                found[protein.accession, span.concept, span.start, span.stop] += 1
    assert found == expected
    assert sum(found.values()) == 1440 - 16
    labels = ("Cofactor", "EC number", "Domain [CC]")
    assert Counter((r.accession, r.field) for r in rejected if r.field not in labels) == set_aside


# Worked out by reading the rows: concept, first and last residue, 1-based, unless set aside.
READ_BY_EYE = {
    "Q53B53": [("Signal peptide", 1, 20)],
    "A8W7M4": [
        ("Modified residue: (3R,4R)-4,5-dihydroxyisoleucine", 11, 11),
        ("Modified residue: (3R,4S)-4-hydroxyisoleucine", 11, 11),
        ("Modified residue: 4-hydroxyproline", 18, 18),
    ],
    "P51397": [("Modified residue: Phosphoserine", at, at) for at in (3, 49, 51, 91)],
    "P12822": [("Domain: Peptidase M2", 45, 628), ("Domain: Peptidase M2", 647, 1226)],
    "O14521": [("Binding site: heme b", 102, 102), ("Binding site: a ubiquinone", 114, 114)],
    "P08574": [("Binding site: heme c", at, at) for at in (121, 124, 125, 244)],
    "P07170": [
        ("Binding site: ATP", 16, 21),
        ("Binding site: ATP", 134, 134),
        ("Binding site: ATP", 143, 144),
        ("Binding site: ATP", 206, 206),
    ],
    "P56540": [("Binding site: ATP", 41, 48)],
    "P00981": [("Domain: BPTI/Kunitz inhibitor", 27, 77)],
    "F5H285": [("Domain: CCDC92/74 N-terminal", 24, 77)],
    "Q9HC16": [
        ("Domain: CMP/dCMP-type deaminase", 29, 138),
        ("Domain: CMP/dCMP-type deaminase", 214, 328),
    ],
    "P04401": [("Disulfide bond", 62, 62), ("Disulfide bond", 104, 104)],
    "P10599": [("Disulfide bond", 32, 35), ("Disulfide bond", 73, 73)],
    "P69905": [("Binding site: O2", 59, 59), ("Binding site: heme b", 88, 88)],
    "A1IVR9": [("Signal peptide", 1, 2)],
    "P69560": [
        ("Modified residue: N-acetylthreonine", 2, 2),
        ("Modified residue: Phosphothreonine", 2, 2),
    ],
    "Q9Y3E7": [
        ("Region: Interaction with VPS4A", 151, 222),
        ("Region: Important for autoinhibitory function", 59, 64),
        ("Region: Important for autoinhibitory function", 168, 169),
        ("Region: Interaction with STAMBP", 203, 207),
        ("Region: Interaction with STAMBP", 221, 222),
    ],
    "P02470": [("Modified residue: Deamidated asparagine", at, at) for at in (101, 123)],
    "Q16881": [("Active site: Proton acceptor", 622, 622), ("Disulfide bond", 209, 214)],
    "Q39829": [("Domain: Lipoxygenase", 1, 18)],
}


def test_the_awkward_rows_have_the_names_a_reader_gives_them(shared_data):
    proteins, _ = parted(uniprot_source(shared_data / "uniprot_edge_cases.tsv"))
    by_accession = {protein.accession: protein for protein in proteins}
    for accession, expected in READ_BY_EYE.items():
        concepts = {concept for concept, _, _ in expected}
        found = [place for place in places(by_accession[accession]) if place[0] in concepts]
        assert found == sorted((name, first - 1, last) for name, first, last in expected)
    assert by_accession["P00918"].labels["Cofactor"] == ("Zn(2+)", "Co(2+)")
    assert by_accession["P00751"].labels["Cofactor"] == ("Mg(2+)", "Mn(2+)")
    assert by_accession["A0SYQ0"].labels["EC number"] == ("5.3.99.3", "1.11.1.-", "2.5.1.18")


# From the table of features in the data's README, less what has no place on this sequence.
FEATURES = {
    "uniprot_annotated.tsv.gz": {
        "Active site: any": 1380,
        "Binding site: any": 8092 - 3,
        "Disulfide bond": 3071 - 22,
        "Glycosylation: any": 2741 - 4,
        "Lipidation: any": 320 - 4,
        "Modified residue: any": 7984 - 102,
        "Signal peptide": 543 - 4,
        "Transit peptide: any": 87 - 16,
        "Helix": 23145,
        "Turn": 5831,
        "Beta strand": 21820,
        "Coiled coil": 148,
        "Compositional bias: any": 2872,
        "Domain: any": 2550,
        "Motif: any": 639 - 1,
        "Region: any": 3901,
        "Zinc finger: any": 230,
    },
    "uniprot_annotated_legacy.tsv.gz": {
        "Active site: any": 1586,
        "Binding site: any": 7306,
        "Disulfide bond": 187,
        "Glycosylation: any": 1545,
        "Lipidation: any": 252,
        "Modified residue: any": 5390 - 6,
        "Signal peptide": 440,
        "Transit peptide: any": 229,
        "Helix": 17967,
        "Turn": 4185,
        "Beta strand": 15699,
        "Coiled coil": 449,
        "Compositional bias: any": 1165,
        "Domain: any": 2779,
        "Motif: any": 484,
        "Region: any": 1712,
        "Zinc finger: any": 258,
    },
}
REJECTED = {
    "uniprot_annotated.tsv.gz": {"isoform": 134, "unknown": 21, "uncertain": 1, "no name": 4},
    "uniprot_annotated_legacy.tsv.gz": {"isoform": 6},
}
WORDS = {
    "isoform": "another sequence",
    "unknown": "an end is unknown",
    "uncertain": "is uncertain",
    "no name": "there is no name in it",
}


@pytest.fixture(scope="module", params=FEATURES)
def real(request, shared_data):
    return request.param, *parted(uniprot_source(shared_data / request.param))


def test_the_real_tables_are_read_whole(real):
    name, proteins, rejected = real
    counts = Counter(span.concept for protein in proteins for span in protein.spans)
    assert {concept: counts[concept] for concept in FEATURES[name]} == FEATURES[name]
    reasons = Counter(
        next(kind for kind, words in WORDS.items() if words in row.reason) for row in rejected
    )
    assert reasons == REJECTED[name]


def test_real_annotations_lie_on_the_residues_that_chemistry_asks_for(real):
    _, proteins, _ = real
    expected = {
        "Disulfide bond": "C",
        "Glycosylation: N-linked (GlcNAc...) asparagine": "N",
        "Modified residue: Phosphoserine": "S",
        "Modified residue: N6-acetyllysine": "K",
        "Lipidation: N-myristoyl glycine": "G",
    }
    found = {
        (span.concept, residue)
        for protein in proteins
        for span in protein.spans
        if span.concept in expected
        for residue in (protein.sequence[span.start], protein.sequence[span.stop - 1])
    }
    assert found == set(expected.items())
