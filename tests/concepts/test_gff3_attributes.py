import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.concepts.gff3_attributes import parse_attributes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".", {}),
        ("", {}),
        (";;", {}),
        ("ID=a;Note=SH3%3B second", {"ID": ("a",), "Note": ("SH3; second",)}),
        ("Dbxref=a=b", {"Dbxref": ("a=b",)}),
        ("Parent=m1,m2;Name=a,b", {"Parent": ("m1", "m2"), "Name": ("a,b",)}),
        ("Note=a%2Cb,c", {"Note": ("a,b", "c")}),
        # The semicolon of a note, as it is.
        ("Note=Or 4; by x;evidence=ECO:1", {"Note": ("Or 4; by x",), "evidence": ("ECO:1",)}),
        ('Note=a "b" c; d', {"Note": ('a "b" c; d',)}),
        ("evidence=ECO:1; by hand;ID=a", {"evidence": ("ECO:1",), "ID": ("a",)}),
        # Lists in quotes.
        (
            'Ontology_term="GO:0003677","GO:0006281";date=15-04-2013;Dbxref="InterPro:IPR002093"',
            {
                "Ontology_term": ("GO:0003677", "GO:0006281"),
                "date": ("15-04-2013",),
                "Dbxref": ("InterPro:IPR002093",),
            },
        ),
        ('Note="a; b=c";ID=3', {"Note": ("a; b=c",), "ID": ("3",)}),
        ('Note="a; b;ID=3', {"Note": ('"a; b',), "ID": ("3",)}),
        # The same attribute twice.
        ("Dbxref=InterPro:I1;Dbxref=Pfam:PF1", {"Dbxref": ("InterPro:I1", "Pfam:PF1")}),
        # GTF.
        ('gene_id "x"; note "y";', {}),
        ("=3;x", {}),
    ],
)
def test_attributes_are_read_as_the_specification_and_as_programs_write_them(text, expected):
    assert parse_attributes(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Note=x;evidence ECO:0000269|PubMed:1", "Note=x; ECO:0000269", "evidence:ECO:0000269|a"],
)
def test_evidence_without_its_name_is_not_taken_for_a_note(text):
    assert "is no attribute: evidence=… is" in parse_attributes(text)


NAMES = st.sampled_from(["ID", "Name", "Note", "Dbxref", "custom_1"])
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1)


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3)))
def test_what_is_escaped_is_read_back(attributes):
    def escaped(value):
        return "".join(f"%{ord(c):02X}" if c in ';=&,%"' else c for c in value)

    text = ";".join(
        f"{name}={','.join(map(escaped, values if name in ('Note', 'Dbxref') else values[:1]))}"
        for name, values in attributes.items()
    )
    assert parse_attributes(text) == {
        name: tuple(values if name in ("Note", "Dbxref") else values[:1])
        for name, values in attributes.items()
    }


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text):
    assert isinstance(parse_attributes(text), dict | str)
