import csv
import io

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


def test_a_file_of_another_form_is_refused(tmp_path):
    with pytest.raises(MalformedInput, match=r"a.gff3, line 1: 4 tab-separated fields, at least 9"):
        parted(source(tmp_path, "P1\t3\t40\tSH3\n"))
    with pytest.raises(MalformedInput, match=r"line 1: start and end must be whole numbers"):
        parted(source(tmp_path, "P1\tx\tDomain\t.\t40\t.\t.\t.\tNote=a\n"))
    with pytest.raises(MalformedInput, match=r"line 3: there is no attribute Name to name the con"):
        parted(source(tmp_path, "##gff-version 3\n##x\n" + line(), named_by="Name"))


def line(seqid="P1", kind="Domain", start="3", end="9", attributes="Note=a"):
    return "\t".join([seqid, "x", kind, start, end, ".", ".", ".", attributes]) + "\n"


def test_one_odd_line_is_set_aside_and_the_others_stay(tmp_path):
    odd = [
        line(end="?"),
        line(start="9", end="3"),
        line(end="9" * 4301),
        line(seqid=""),
        line(attributes="Note=x;evidence ECO:0000269|PubMed:1"),
        "P1\tx\n",
    ]
    (protein,), rejected = parted(source(tmp_path, "".join([line(), *odd, line()])))
    assert [(span.start, span.stop) for span in protein.spans] == [(2, 9), (2, 9)]
    assert [row.line for row in rejected] == [2, 3, 4, 5, 6, 7]
    assert rejected[4].reason == "'evidence ECO:0000269|PubMed:1' is no attribute: evidence=… is"


def test_bonds_are_their_two_ends_and_count_residues_whatever_names_them(tmp_path):
    text = line(kind="Disulfide bond", start="5", end="25") + line(
        kind="Cross-link", start="7", end="20", attributes="Note=Isoglutamyl lysine"
    )
    table = source(tmp_path, text, named_by="Note")
    (protein,), _ = parted(table)
    found = [(s.concept, s.start, s.stop, s.ends_only) for s in protein.spans]
    assert found == [("a", 4, 25, True), ("Isoglutamyl lysine", 6, 20, True)]
    assert {concept.kind for concept in table.concepts.values()} == {"residue"}


def test_a_name_tells_a_bond_where_the_type_does_not(tmp_path):
    text = line(kind="region", attributes="Name=Disulfide bridge")
    (protein,), _ = parted(source(tmp_path, text, named_by="Name"))
    assert protein.spans[0].ends_only


def test_a_feature_with_several_names_is_one_of_each(tmp_path):
    text = (
        line(attributes='Name=PF1;Dbxref="InterPro:IPR1","MetaCyc:PWY-1"')
        + line(start="13", end="19", attributes='Dbxref="InterPro:IPR1"')
        + line(start="23", end="29", attributes="Dbxref=InterPro:IPR1;Dbxref=Pfam:PF1")
    )
    (protein,), _ = parted(source(tmp_path, text, named_by="Dbxref"))
    assert [(span.concept, span.start + 1) for span in protein.spans] == [
        ("InterPro:IPR1", 3),
        ("MetaCyc:PWY-1", 3),
        ("InterPro:IPR1", 13),
        ("InterPro:IPR1", 23),
        ("Pfam:PF1", 23),
    ]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_ALL])
def test_a_file_saved_again_with_fields_in_quotes_reads_the_same(tmp_path, quoting):
    lists = 'Name=PF1;status=T;Dbxref="InterPro:IPR1","MetaCyc:PWY-1"'
    text = line(attributes=lists) + line(attributes='Note=a "b"; c') + line(start="5")
    again = io.StringIO()
    rows = [row.split("\t") for row in text.splitlines()]
    csv.writer(again, delimiter="\t", quoting=quoting, lineterminator="\n").writerows(rows)
    assert again.getvalue() != text
    for named_by in ("Dbxref", "Name", None):
        expected = parted(source(tmp_path, text, named_by))
        assert parted(source(tmp_path, again.getvalue(), named_by)) == expected


def test_the_line_of_the_sequence_itself_is_no_annotation(tmp_path):
    text = line(kind="polypeptide", attributes="ID=P1;md5=0") + line(kind="protein_match")
    (protein,), (rejected,) = parted(source(tmp_path, text))
    assert [span.concept for span in protein.spans] == ["protein_match"]
    assert "the sequence itself" in rejected.reason


def test_files_put_together_are_read_past_the_sequences_of_the_first(tmp_path):
    half = "##gff-version 3\n{}##FASTA\n>P1\nMKV\n"
    text = half.format(line()) + half.format(line(seqid="P2"))
    proteins, rejected = parted(source(tmp_path, text))
    assert [protein.accession for protein in proteins] == ["P1", "P2"]
    assert rejected == []


def test_codes_are_evidence_wherever_they_stand(tmp_path):
    text = line(attributes="Ontology_term=ECO:0000269,GO:1") + line(
        attributes="evidnce=ECO:1234567|x"
    )
    (protein,), _ = parted(source(tmp_path, text))
    assert [span.evidence for span in protein.spans] == [("ECO:0000269",), ("ECO:1234567|x",)]


def test_accessions_are_those_of_the_database(tmp_path):
    text = line(seqid="sp|P33413|DUR3_YEAST") + line(seqid="sp%7CP33413%7CX") + line(seqid="1abc:A")
    proteins, _ = parted(source(tmp_path, text))
    assert [(p.accession, len(p.spans)) for p in proteins] == [("P33413", 2), ("1ABC_A", 1)]
