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
    page = as_html(ROWS, [], pruned={"<e>": 1200})
    assert "a|b&lt;c&gt;" in page
    assert "<c>" not in page
    assert "1 run was pruned and is not in the table" in page
    assert "<li>&lt;e&gt;, at step 1,200</li>" in page


def test_html_says_once_what_all_runs_have_in_common():
    page = as_html([row | {"layer": 3, "plm": "<p>"} for row in ROWS], [], pruned={})
    assert "The same in all of them: PLM &lt;p&gt;, Layer 3." in page
    assert ">Layer</th>" not in page
    assert ">L0</th>" in page
    # Of a single run nothing is a difference.
    assert ">Layer</th>" in as_html([ROWS[0] | {"layer": 3}], [], pruned={})
