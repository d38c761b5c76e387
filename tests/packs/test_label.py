import pytest
from tests.packs.packs import label

from interplm.errors import BrokenArtifact, MissingArtifact
from interplm.packs.label import read_labels, write_labels


def test_labels_come_back_to_the_last_digit(tmp_path):
    given = [label(3, precision=1 / 3, aliases=("a", "b")), label(9, aliases=(), margin=None)]
    write_labels(given, tmp_path / "labels.tsv")
    assert read_labels(tmp_path / "labels.tsv") == {one.feature: one for one in given}


def test_names_with_tabs_quotes_and_line_ends_survive(tmp_path):
    given = label(1, label='a "quoted"\tname\nof two lines')
    write_labels([given], tmp_path / "labels.tsv")
    assert read_labels(tmp_path / "labels.tsv")[1] == given


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "labels.tsv"
    write_labels([label(1), label(2)], path)
    path.write_text(path.read_text().replace("0.9", "nan", 1))
    with pytest.raises(BrokenArtifact, match=r"labels.tsv, line 2 is damaged"):
        read_labels(path)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match="get the whole pack again"):
        read_labels(tmp_path / "labels.tsv")
