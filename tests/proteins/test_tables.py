import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.proteins.tables import Table, delimiter_of, split_rows, whole_number


def rows(text, delimiter="\t"):
    return [
        (row.line, row.fields)
        for row in split_rows(enumerate(text.split("\n"), start=1), delimiter)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a\tb "c"\td', [(1, ["a", 'b "c"', "d"])]),
        ('"a"\t"b ""c"""\td', [(1, ["a", 'b "c"', "d"])]),
        (r'"a"\t"b \"c\""\td'.replace("\\t", "\t"), [(1, ["a", 'b "c"', "d"])]),
        ('"a\tb"\tc', [(1, ["a\tb", "c"])]),
        ('a\t"b\nc"\td\ne\tf\tg', [(1, ["a", "b\nc", "d"]), (3, ["e", "f", "g"])]),
        # Not quoted: what follows the second quote is no delimiter.
        ('"Foo"-like\tx', [(1, ['"Foo"-like', "x"])]),
        ('a\t"Foo" like\tx', [(1, ["a", '"Foo" like', "x"])]),
        # A quote that nothing closes is a character.
        ('a\t"b\tc\nd\te\tf', [(1, ["a", '"b', "c"]), (2, ["d", "e", "f"])]),
        (
            'a\t"b\tX 1; /note="c"\nd\te\tX 2; /note="f"',
            [(1, ["a", '"b', 'X 1; /note="c"']), (2, ["d", "e", 'X 2; /note="f"'])],
        ),
        ('""\ta', [(1, ["", "a"])]),
    ],
)
def test_a_row_tells_itself_whether_it_is_quoted(text, expected):
    assert rows(text) == expected


def test_a_field_does_not_hold_what_is_a_row():
    text = 'a\t"b\nc"\t1 d\ne\t"f\n1\tg"\th'
    lines = enumerate(text.split("\n"), start=1)
    found = split_rows(lines, "\t", is_row=lambda line: line.startswith("1"))
    assert [(row.line, row.fields) for row in found] == [
        (1, ["a", "b\nc", "1 d"]), (3, ["e", '"f']), (4, ["1", 'g"', "h"]),
    ]  # fmt: skip


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
TRICKY = st.lists(st.sampled_from(['"', '""', "; ", ",", "\t", "\n", "a", '/note="x"']), max_size=6)


@given(
    st.lists(st.lists(CELLS | TRICKY.map("".join), min_size=2, max_size=3), max_size=5),
    st.sampled_from("\t,;"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_the_csv_module_writes_is_read_back(table, delimiter, quoting):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(table)
    assert [fields for _, fields in rows(text.getvalue().removesuffix("\n"), delimiter)] == (
        table or [[""]]
    )


@given(st.lists(st.lists(st.text('"ab ;=/', max_size=9), min_size=2, max_size=3), min_size=1))
def test_no_row_swallows_many_others_whatever_its_quotes(table):
    text = "\n".join("\t".join(cells) for cells in table)
    found = rows(text)
    assert sum(1 + "".join(fields).count("\n") for _, fields in found) == len(table)


def table_of(text, *expected):
    return Table(enumerate(text.split("\n"), start=1), expected=expected)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_the_delimiter_is_the_one_that_gives_the_names_expected(delimiter):
    header = delimiter.join(["Entry", "Gene, name; or so", "Sequence"])
    if delimiter in ",;":
        header = header.replace("Gene, name; or so", '"Gene, name; or so"')
    assert delimiter_of(header, ("entry", "sequence")) == delimiter


def test_a_delimiter_that_excel_declares_is_taken():
    table = table_of("sep=;\nEntry;Sequence\nP1;MKV", "Entry")
    assert (table.line, table.columns) == (2, ["Entry", "Sequence"])
    assert [row.fields for row in table.rows()] == [["P1", "MKV"]]


def test_row_names_of_r_get_a_column():
    table = table_of('"Entry"\t"Sequence"\n"1"\t"P1"\t"MKV"\n"2"\t"P2"\t"MK"', "Entry")
    assert [row.fields for row in table.rows()] == [["1", "P1", "MKV"], ["2", "P2", "MK"]]
    assert table.columns == ["", "Entry", "Sequence"]


def test_a_header_that_comes_again_is_no_row():
    table = table_of("a\tb\n1\t2\na\tb\n3\t4", "a")
    assert [row.fields for row in table.rows()] == [["1", "2"], ["3", "4"]]


def test_an_empty_table_has_no_header():
    table = table_of("\n \n", "a")
    assert (table.line, list(table.rows())) == (0, [])


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), (" 5 ", 5), ("5.0", 5), ("5.00", 5), ("0", 0), ("999999999", 999_999_999)],
)
def test_whole_numbers_are_read_as_pandas_writes_them(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "5.5", "-5", "+5", "1e5", "5,0", "٣", "²", "1" * 10, "9" * 5000]
)
def test_other_texts_are_no_whole_numbers(text):
    assert whole_number(text) is None
