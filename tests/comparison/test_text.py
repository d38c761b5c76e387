import csv
import io

from interplm.comparison import as_csv, as_html, as_markdown

ROWS = [
    {"run": "a|b<c>", "sae": "topk", "l0": 16.04, "explained_variance": 0.98765, "d_sae": 1024},
    {"run": "d", "sae": "relu", "l0": None, "explained_variance": 0.5, "d_sae": None},
]


def test_csv_has_every_number_in_full():
    first, second = csv.DictReader(io.StringIO(as_csv(ROWS)))
    assert (first["run"], first["l0"], first["explained_variance"]) == (
        "a|b<c>",
        "16.04",
        "0.98765",
    )
    assert (second["l0"], second["seed"]) == ("", "")


def test_markdown_rounds_and_leaves_out_what_nobody_has():
    assert as_markdown(ROWS).splitlines() == [
        "| Run | SAE | d_sae | L0 | Explained variance |",
        "| --- | --- | ---: | ---: | ---: |",
        r"| a\|b<c> | topk | 1024 | 16.0 | 0.9877 |",
        "| d | relu | – | – | 0.5000 |",
    ]


def test_html_escapes_names():
    page = as_html(ROWS, {})
    assert "a|b&lt;c&gt;" in page
    assert "<c>" not in page
