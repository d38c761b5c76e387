"""Original InterPLM: only notes were read, so binding sites and cofactors had no annotation."""

from tests.concepts.tables import parted, uniprot_source, written


def protein_of(tmp_path, **columns):
    row = {"Entry": "P1", "Sequence": "MKCCTSNNSTYCKK"} | columns
    (protein,), rejected = parted(uniprot_source(written(tmp_path / "a.tsv", [row])))
    assert not [found for found in rejected if found.accession]
    return protein


def test_a_binding_site_is_named_by_its_ligand(tmp_path):
    text = (
        'BINDING 3..5; /ligand="ATP"; /ligand_id="ChEBI:CHEBI:30616"; /evidence="ECO:0000255"; '
        'BINDING 12; /ligand="Zn(2+)"; /ligand_label="1"; /note="structural"'
    )
    protein = protein_of(tmp_path, **{"Binding site": text})
    places = {(span.concept, span.start, span.stop) for span in protein.spans}
    assert {("Binding site: ATP", 2, 5), ("Binding site: Zn(2+)", 11, 12)} <= places


def test_a_cofactor_is_named_by_its_name(tmp_path):
    text = (
        "COFACTOR: Name=Zn(2+); Xref=ChEBI:CHEBI:29105; Evidence={ECO:0000250}; Note=Binds 2.; "
        "COFACTOR: Name=heme b; Xref=ChEBI:CHEBI:60344;"
    )
    protein = protein_of(tmp_path, Cofactor=text, Helix="HELIX 1..4")
    assert protein.labels == {"Cofactor": ("Zn(2+)", "heme b")}
