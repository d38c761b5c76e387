import csv

import pytest

from interplm.errors import BrokenArtifact
from interplm.evaluation import Figure, as_text, read_figures, write_figures

FIGURES = [
    Figure("l0", 31.5, "features", "features that fire, mean"),
    Figure("explained_variance", 0.123456789, "plm", "1 is perfect"),
]


def test_the_csv_has_every_digit_and_a_comma_is_quoted(tmp_path):
    path = tmp_path / "run" / "evaluation.csv"
    write_figures(FIGURES, path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "metric": "l0",
        "value": "31.5",
        "space": "features",
        "description": "features that fire, mean",
    }
    assert float(rows[1]["value"]) == 0.123456789


def test_the_text_is_aligned():
    lines = as_text(FIGURES).splitlines()
    assert lines[0].split() == ["metric", "value", "space", "description"]
    assert {
        line.index(word) for line, word in zip(lines[1:], ("features", "plm"), strict=True)
    } == {lines[0].index("space")}


def test_what_was_written_is_read_again(tmp_path):
    path = tmp_path / "evaluation.csv"
    assert read_figures(path) == {}
    write_figures(FIGURES, path)
    assert read_figures(path) == {"features/l0": 31.5, "plm/explained_variance": 0.123456789}


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "metric,value,space\nl0", "metric,value,space\nl0,x,plm"]
)
def test_a_table_that_is_damaged_is_refused(tmp_path, text):
    path = tmp_path / "evaluation.csv"
    path.write_text(text)
    with pytest.raises(BrokenArtifact, match="is damaged: evaluate the run again"):
        read_figures(path)
