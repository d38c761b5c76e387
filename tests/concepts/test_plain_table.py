import csv
import gzip
import io

import pytest
from tests.concepts.tables import parted

from interplm.concepts import ConceptSpan, PlainTableSource
from interplm.errors import MalformedInput

SETTINGS = {"kind": "domain", "category": "Mine", "family": "Lab", "evidence": "any"}


def source(tmp_path, text):
    path = tmp_path / "a.tsv"
    path.write_bytes(text)
    return PlainTableSource(path=path, **SETTINGS)


def test_residues_are_numbered_from_one_and_the_end_is_the_last(tmp_path):
    text = b"# mine\naccession\tstart\tend\tconcept\nP1\t2\t4\tA site\n\n# more\n"
    (protein,), _ = parted(source(tmp_path, text))
    assert protein.spans == (ConceptSpan(accession="P1", concept="A site", start=1, stop=4),)


def test_columns_come_in_any_order_with_others_between(tmp_path):
    text = b"Note\tEnd\tcolour\tConcept\tAccession\tStart\nx; y\t4\tred\tA\tP1\t4\n"
    (protein,), (unread,) = parted(source(tmp_path, gzip.compress(text)))
    assert (unread.field, unread.line) == ("colour", 1)
    assert unread.reason == (
        "the column is not read: those that may be are kind, category, evidence, note"
    )
    (span,) = protein.spans
    assert (span.accession, span.start, span.stop, span.note) == ("P1", 3, 4, "x; y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"accession\tstart\tstop\n", r"a.tsv, line 1: the header lacks end, concept; it must"),
        (b"P1\t1\t5\tA\n", r"line 1: the header lacks accession, start, end, concept"),
        (
            b"accession\tstart\tend\tconcept\n\t1\t5\tA\n",
            r"line 2: there is no accession; nor can any",
        ),
    ],
)
def test_another_format_is_refused(tmp_path, text, message):
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, text))


ROWS = [
    ["accession", "start", "end", "concept", "note"],
    ["sp|P33413|DUR3_YEAST", "2", "4", "A site", 'the "box"; of, it'],
    ["P2", "5.0", "7.0", "A site", "two\nlines"],
]


def saved(delimiter, quoting, end="\n"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(ROWS)
    return text.getvalue()


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_reads_the_same_however_it_was_saved(tmp_path, delimiter, quoting, encoding, end):
    text = saved(delimiter, quoting, end)
    proteins, rejected = parted(source(tmp_path, text.encode(encoding)))
    assert rejected == []
    assert [(p.accession, p.line) for p in proteins] == [("P33413", 2), ("P2", 3)]
    spans = [span for protein in proteins for span in protein.spans]
    assert [(s.start, s.stop, s.note) for s in spans] == [
        (1, 4, 'the "box"; of, it'),
        (4, 7, "two lines"),
    ]


def test_a_header_written_as_a_comment_is_the_header(tmp_path):
    text = b"# accession, start, end and concept\n#accession\tstart\tend\tconcept\nP1\t2\t4\tA\n"
    (protein,), rejected = parted(source(tmp_path, text))
    assert (protein.accession, rejected) == ("P1", [])


def test_a_header_that_comes_again_is_no_row(tmp_path):
    half = b"accession\tstart\tend\tconcept\nP1\t2\t4\tA\n"
    (protein,), rejected = parted(source(tmp_path, half + half))
    assert (len(protein.spans), rejected) == (2, [])


def test_what_pandas_writes_for_nothing_is_nothing(tmp_path):
    text = b"\taccession\tstart\tend\tconcept\tkind\tnote\n0\tP1\t2\t4\tA\tnan\tNaN\n"
    (protein,), _ = parted(source(tmp_path, text))
    assert protein.spans[0].note == ""


def test_a_category_that_a_line_states_is_the_family_too_and_one_for_each_concept(tmp_path):
    text = (
        b"accession\tstart\tend\tconcept\tcategory\nP1\t2\t4\tA\tSites\n"
        b"P1\t5\t6\tB\t\nP1\t7\t8\tA\tOthers\n"
    )
    table = source(tmp_path, text)
    (protein,), (rejected,) = parted(table)
    assert {c.name: (c.category, c.family) for c in table.concepts.values()} == {
        "A": ("Sites", "Sites"), "B": ("Mine", "Lab"),
    }  # fmt: skip
    assert len(protein.spans) == 2
    reason = "'A' is of the category 'Others' here and of 'Sites' above: state one"
    assert (rejected.line, rejected.reason) == (4, reason)


def test_control_characters_do_not_get_into_names(tmp_path):
    text = b"accession\tstart\tend\tconcept\tnote\nP1\t2\t4\tA\x1b[31m site\ta\x07b\n"
    (protein,), _ = parted(source(tmp_path, text))
    assert (protein.spans[0].concept, protein.spans[0].note) == ("A [31m site", "a b")


def test_a_table_of_a_header_alone_is_empty(tmp_path):
    text = b"accession\tstart\tend\tconcept\tcolour\n"
    assert parted(source(tmp_path, text))[0] == []
