import csv
import io

from interplm.explorer.render.csv_text import csv_text


def test_what_is_written_reads_back():
    rows = [(1, 'a "quoted", text', 0.123456789, None), (2, "two\nlines", -1.5, "β")]
    read = list(csv.reader(io.StringIO(csv_text(("n", "text", "x", "none"), rows), newline="")))
    assert read == [
        ["n", "text", "x", "none"],
        ["1", 'a "quoted", text', "0.123456789", ""],
        ["2", "two\nlines", "-1.5", "β"],
    ]


def test_a_text_that_a_spreadsheet_would_run_is_quoted_but_a_negative_number_is_not():
    text = csv_text(("a", "b"), [("=HYPERLINK(1)", -2.0), ("@x", 0)])
    assert "'=HYPERLINK(1),-2.0" in text
    assert "'@x,0" in text
