"""Whole files as databases and programs write them; their labels were counted by hand."""

from collections import defaultdict
from pathlib import Path

import pytest
from tests.concepts.tables import parted, uniprot_source

from interplm.concepts import Gff3Source

FORMS = Path(__file__).parents[1] / "public_forms"


def labelled(proteins):
    """Residues that carry each concept."""
    residues = defaultdict(set)
    for protein in proteins:
        for span in protein.spans:
            of_span = range(span.start, span.stop)
            if span.ends_only:
                of_span = (span.start, span.stop - 1)
            residues[span.concept] |= {(protein.accession, residue) for residue in of_span}
    return {concept: len(places) for concept, places in residues.items()}


def gff3(name, named_by=None):
    return parted(
        Gff3Source(
            path=FORMS / name, named_by=named_by, kind="domain", category="Mine", family="Lab",
            evidence="any",
        )
    )  # fmt: skip


UNIPROT = {
    "Signal peptide": 20, "Chain": 40, "Domain": 36, "Modified residue": 2, "Glycosylation": 1,
    "Disulfide bond": 5, "Cross-link": 2, "Natural variant": 1, "Helix": 6, "Beta strand": 9,
    "Topological domain": 19, "Transmembrane": 21,
}  # fmt: skip


def test_gff3_of_uniprot():
    proteins, rejected = gff3("uniprot.gff3")
    assert labelled(proteins) == UNIPROT
    assert [(p.accession, len(p.spans)) for p in proteins] == [("P90001", 14), ("P90002", 3)]
    assert [(row.field, row.line) for row in rejected] == [("Transit peptide", 18)]
    notes = {span.concept: span.note for span in proteins[1].spans}
    assert notes["Transmembrane"] == "Helical; Name=1"
    bond = next(span for span in proteins[0].spans if span.start == 30)
    assert bond.evidence == ("ECO:0000269|PubMed:103", "ECO:0007744|PDB:9XYZ")


def test_gff3_of_uniprot_in_2021():
    proteins, rejected = gff3("uniprot_2021.gff3")
    assert rejected == []
    assert labelled(proteins) == {
        "Initiator methionine": 1, "Chain": 49, "Metal binding": 2, "Nucleotide binding": 8,
        "Cross-link": 1, "Disulfide bond": 2, "Helix": 16,
    }  # fmt: skip
    spans = proteins[0].spans
    assert spans[0].note == "Removed; alternate"
    assert spans[0].evidence == ("ECO:0000269|PubMed:201",)
    assert spans[2].note == "Iron (heme distal ligand); via tele nitrogen"
    named, unnamed = gff3("uniprot_2021.gff3", named_by="Note")
    assert labelled(named)["Iron (heme distal ligand); via tele nitrogen"] == 1
    assert [row.line for row in unnamed] == [9, 10, 11]


@pytest.mark.parametrize(
    ("named_by", "expected"),
    [
        (None, {"protein_match": 127}),
        ("Name", {"PF00270": 93, "SM00487": 66, "Coil": 21}),
        (
            "Dbxref",
            {
                "InterPro:IPR011545": 93, "InterPro:IPR014001": 66, "MetaCyc:PWY-7511": 53,
                "Reactome:R-HSA-1": 40,
            },
        ),
        ("signature_desc", {"DEAD/DEAH box helicase": 93, "ultradead3": 66}),
        ("Ontology_term", {"GO:0003676": 93, "GO:0005524": 53}),
    ],
)  # fmt: skip
def test_gff3_of_interproscan_5(named_by, expected):
    proteins, rejected = gff3("interproscan5.gff3", named_by)
    assert labelled(proteins) == expected
    whole = [row.line for row in rejected if row.field == "polypeptide"]
    assert (whole, {protein.accession for protein in proteins}) == ([6, 11], {"g1.t1", "g2.t1"})


@pytest.mark.parametrize(
    ("named_by", "expected"),
    [
        (
            None,
            {
                "polypeptide_domain": 52, "polypeptide_motif": 9, "signal_peptide": 9,
                "coiled_coil": 21,
            },
        ),
        ("Name", {"Helicase_C": 52, "PS00039": 9, "SignalP-TM": 9, "Coil": 21}),
        ("Dbxref", {"InterPro:IPR001650": 52, "Pfam:PF00271": 50}),
    ],
)  # fmt: skip
def test_gff3_of_interproscan_6(named_by, expected):
    proteins, _ = gff3("interproscan6.gff3", named_by)
    assert labelled(proteins) == expected
    assert proteins[0].accession == "P90004"


def test_export_of_uniprot_in_2021():
    proteins, rejected = parted(uniprot_source(FORMS / "uniprot_2021.tsv", reviewed_only=True))
    assert [(p.accession, len(p.sequence)) for p in proteins] == [("P90011", 70), ("P90012", 50)]
    assert [row for row in rejected if row.accession] == []
    assert labelled(proteins) == {
        "Active site: any": 2, "Active site: Charge relay system": 2,
        "Binding site: any": 2, "Binding site: Substrate": 1, "Binding site: NAD": 1,
        "Calcium binding: any": 24,
        "Metal binding: any": 3, "Metal binding: Zinc": 2, "Metal binding: Magnesium": 1,
        "Nucleotide binding: any": 8, "Nucleotide binding: ATP": 8,
        "Site: any": 2, "Site: Cleavage": 2,
        "Disulfide bond": 3, "Helix": 10,
        "DNA binding: any": 10, "DNA binding: H-T-H motif": 10,
        "Glycosylation: any": 1, "Glycosylation: N-linked": 1,
        "Glycosylation: N-linked (GlcNAc...) asparagine": 1,
        "Topological domain: any": 29, "Topological domain: Cytoplasmic": 13,
        "Topological domain: Extracellular": 16,
        "Transmembrane: any": 21, "Transmembrane: Helical": 21,
    }  # fmt: skip


def test_export_of_uniprot_in_2026():
    proteins, rejected = parted(uniprot_source(FORMS / "uniprot_2026.tsv", reviewed_only=True))
    unread = [row.field for row in rejected if "is not read" in row.reason]
    assert unread == ["Chain", "Natural variant"]
    assert [row for row in rejected if row.accession] == []
    assert [protein.alphafold for protein in proteins] == [True, False]
    sumo = "Glycyl lysine isopeptide (Lys-Gly) (interchain with G-Cter in SUMO2)"
    assert labelled(proteins) == {
        "Binding site: any": 4, "Binding site: Zn(2+)": 1, "Binding site: Metal ion": 1,
        "Binding site: ATP": 3, "Binding site: Nucleoside phosphate": 3,
        "Cross-link: any": 3, "Cross-link: Isoglutamyl lysine isopeptide (Lys-Gln)": 2,
        f"Cross-link: {sumo}": 1,
        "Disulfide bond": 3,
        "Modified residue: any": 2, "Modified residue: Phosphoserine": 1,
        "Modified residue: Phosphorylation": 1, "Modified residue: Leucine amide": 1,
        "Modified residue: Amidation": 1,
        "Peptide": 55, "Propeptide": 5, "Signal peptide": 20,
        "Intramembrane: any": 8, "Intramembrane: Pore-forming": 8,
        "Lipidation: any": 1, "Lipidation: S-palmitoyl cysteine": 1,
        "Lipidation: Palmitoylation": 1,
        "Repeat: any": 20, "Repeat: WD": 20,
        "Topological domain: any": 39, "Topological domain: Cytoplasmic": 12,
        "Topological domain: Extracellular": 27,
        "Transmembrane: any": 21, "Transmembrane: Helical": 21,
    }  # fmt: skip
