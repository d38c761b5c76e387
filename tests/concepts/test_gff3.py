import pytest
from tests.concepts.tables import parted

from interplm.concepts import ConceptSpan, Gff3Source
from interplm.errors import MalformedInput

SETTINGS = {"kind": "domain", "category": "Mine", "family": "Lab", "evidence": "any"}
TEXT = """##gff-version 3
##sequence-region P1 1 200
P1\tUniProtKB\tDomain\t3\t40\t.\t.\t.\tNote=SH3%3B second;evidence=ECO:0000255|X,ECO:1;Dbxref=a=b

P1\tPfam\tprotein%20match\t7\t7\t1e-5\t+\t0\tName=PF00018
###
P%7C2\tPfam\tRegion\t1\t5\t.\t.\t.\t.
##FASTA
>P1
MKV
"""


def source(tmp_path, text=TEXT, named_by=None):
    path = tmp_path / "a.gff3"
    path.write_text(text)
    return Gff3Source(path=path, named_by=named_by, **SETTINGS)


def test_the_type_names_the_concept_and_escapes_are_decoded(tmp_path):
    (first, second), rejected = parted(source(tmp_path))
    assert rejected == []
    assert first.spans == (
        ConceptSpan(
            accession="P1",
            concept="Domain",
            start=2,
            stop=40,
            note="SH3; second",
            evidence=("ECO:0000255|X", "ECO:1"),
        ),
        ConceptSpan(accession="P1", concept="protein match", start=6, stop=7),
    )
    assert (second.accession, second.line) == ("P|2", 7)


def test_an_attribute_names_the_concept_where_asked_and_features_without_it_are_set_aside(tmp_path):
    (protein,), rejected = parted(source(tmp_path, named_by="Name"))
    assert [span.concept for span in protein.spans] == ["PF00018"]
    assert [(row.accession, row.reason, row.line) for row in rejected] == [
        ("P1", "there is no attribute Name to name the concept", 3),
        ("P|2", "there is no attribute Name to name the concept", 7),
    ]


def test_lines_of_another_form_are_refused(tmp_path):
    with pytest.raises(MalformedInput, match=r"a.gff3, line 1: 4 tab-separated fields, at least 9"):
        parted(source(tmp_path, "P1\t3\t40\tSH3\n"))
    with pytest.raises(MalformedInput, match=r"line 1: start and end must be whole numbers"):
        parted(source(tmp_path, "P1\tx\tDomain\t.\t40\t.\t.\t.\tNote=a\n"))
