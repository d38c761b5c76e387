import gzip

import pytest

from interplm.errors import MalformedInput, MissingArtifact
from interplm.proteins import (
    FastaSource,
    ProteinRecord,
    Rejected,
    SequenceListSource,
    UniProtTsvSource,
    open_sequences,
)


def write(tmp_path, text, name="list.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path):
    return list(SequenceListSource(path=path, name="test").read())


def test_one_sequence_a_line_is_known_by_its_line_number(tmp_path):
    assert read(write(tmp_path, "MKV\n\nacd\n")) == [
        ProteinRecord("1", "MKV", "", 1),
        ProteinRecord("3", "ACD", "", 3),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_by_its_header(tmp_path, delimiter):
    rows = [["Length", "Sequence", "ID"], ["3", "MKV", "P1"], ["2", '"AC"', "P2"]]
    path = write(tmp_path, "\n".join(delimiter.join(row) for row in rows))
    assert [(r.accession, r.sequence) for r in read(path)] == [("P1", "MKV"), ("P2", "AC")]


def test_a_single_column_may_have_a_header(tmp_path):
    assert [r.sequence for r in read(write(tmp_path, "sequence\nMKV\n"))] == ["MKV"]


def test_what_is_no_sequence_is_set_aside_with_its_line(tmp_path):
    found = read(write(tmp_path, "MKV\nM1V\n"))
    assert found[1] == Rejected("2", "sequence", "'1' at residue 2 is not a residue", 2)


def test_columns_without_names_are_refused(tmp_path):
    with pytest.raises(
        MalformedInput, match=r"list.csv, line 1: 2 columns, none of them called seq"
    ):
        read(write(tmp_path, "P1,MKV\nP2,MK\n"))


def test_a_row_of_another_width_is_set_aside(tmp_path):
    found = read(write(tmp_path, "id,sequence\nP1,MKV\nMK\nP3,MKL\n"))
    assert found[1] == Rejected("", "fields", "1 fields, but the first line has 2", 3)
    assert [record.accession for record in found] == ["P1", "", "P3"]


def test_equal_sequences_of_a_list_without_header_are_all_kept(tmp_path):
    assert [r.accession for r in read(write(tmp_path, "MKV\nMKL\nMKV\n"))] == ["1", "2", "3"]


def test_names_of_several_words_stay_apart(tmp_path):
    text = "name;sequence\nprotein 1;MKV\nprotein\u00a02;MKL\nsp|P33413|DUR3_YEAST x;MK\n"
    found = read(write(tmp_path, text))
    assert [record.accession for record in found] == ["protein 1", "protein 2", "P33413"]


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(MalformedInput, match=r"has no record"):
        read(write(tmp_path, "\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">P1\nMKV\n", FastaSource),
        ("; comment\n>P1\nMKV\n", FastaSource),
        ("Entry\tReviewed\tSequence\nP1\treviewed\tMKV\n", UniProtTsvSource),
        ("id,sequence\nP1,MKV\n", SequenceListSource),
        ("MKV\n", SequenceListSource),
    ],
)
def test_the_first_line_tells_the_format(tmp_path, text, expected):
    path = tmp_path / "any.gz"
    path.write_bytes(gzip.compress(text.encode()))
    source = open_sequences(path)
    assert type(source) is expected
    assert [record.sequence for record in source.read()] == ["MKV"]


def test_a_missing_file_says_what_may_be_given(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none.txt does not exist: give a file of sequences"):
        open_sequences(tmp_path / "none.txt")


def test_the_sequences_of_the_original_fidelity_evaluation_are_read(shared_data):
    found = list(open_sequences(shared_data / "cath_random_1k.csv").read())
    assert len(found) == 1024
    assert sum(len(record.sequence) for record in found) == 229_858
