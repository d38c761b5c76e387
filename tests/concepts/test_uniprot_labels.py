import pytest

from interplm.concepts.uniprot_labels import cofactors, domain_notes, ec_numbers


def test_ec_numbers_are_separated():
    assert ec_numbers("5.3.99.3; 1.11.1.-; 2.5.1.18") == ("5.3.99.3", "1.11.1.-", "2.5.1.18")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "COFACTOR: Name=Zn(2+); Xref=ChEBI:CHEBI:29105; Evidence={ECO:1, ECO:2}; "
            "Name=Co(2+); Xref=ChEBI:CHEBI:48828; Evidence={ECO:3}; "
            "Note=Zinc. Name=x is not a name. {ECO:3};",
            ("Zn(2+)", "Co(2+)"),
        ),
        (
            "COFACTOR: [Complement factor B Bb]: Name=Mg(2+); Xref=x; COFACTOR: [Isoform 2]: "
            "Name=Mg(2+); Xref=x; Note=Binds 1. {ECO:1}; COFACTOR: Name=FAD; Xref=x;",
            ("Mg(2+)", "FAD"),
        ),
        ("COFACTOR: Note=Binds metals; which is unknown. {ECO:0000255};", ()),
    ],
)
def test_cofactors_are_named_once_and_notes_name_none(text, names):
    assert cofactors(text) == names


def test_notes_on_domains_lose_their_evidence():
    text = "DOMAIN: The WW domain binds. {ECO:1, ECO:2}. DOMAIN: The tail is acidic."
    assert domain_notes(text) == ("The WW domain binds", "The tail is acidic")
