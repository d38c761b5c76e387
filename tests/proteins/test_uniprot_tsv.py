import pytest

from interplm.errors import MalformedInput
from interplm.proteins import ProteinRecord, Rejected, UniProtTsvSource
from interplm.proteins.text import numbered_lines
from interplm.proteins.uniprot_tsv import read_rows

HEADER = "Entry\tReviewed\tProtein names\tLength\tSequence\tActive site"


def source(tmp_path, *rows, header=HEADER, reviewed_only=False):
    path = tmp_path / "a.tsv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return UniProtTsvSource(path=path, name="test", reviewed_only=reviewed_only)


def test_rows_become_records(tmp_path):
    row = 'P1\treviewed\tKinase "A"\t3\tMKV\tACT_SITE 2; /note="x; y"'
    assert list(source(tmp_path, row).read()) == [ProteinRecord("P1", "MKV", 'Kinase "A"', 2)]


def test_unreviewed_entries_are_left_out_where_asked(tmp_path):
    rows = ["P1\treviewed\t\t3\tMKV\t", "P2\tunreviewed\t\t3\tMKL\t"]
    kept = list(source(tmp_path, *rows, reviewed_only=True).read())
    assert [record.accession for record in kept] == ["P1"]


def test_a_table_without_reviewed_entries_is_refused_where_those_are_asked_for(tmp_path):
    table = source(tmp_path, *["P1\tunreviewed\t\t3\tMKV\t"] * 3, reviewed_only=True)
    with pytest.raises(MalformedInput, match=r"none of its 3 entries is reviewed: set source.rev"):
        list(table.read())


def test_lengths_are_compared_as_numbers(tmp_path):
    (record,) = source(tmp_path, "P1\treviewed\t\t3.0\tMKV\t").read()
    assert isinstance(record, ProteinRecord)


def test_a_length_that_contradicts_the_sequence_is_set_aside(tmp_path):
    found = list(source(tmp_path, "P1\treviewed\t\t4\tMKV\t").read())
    assert found == [Rejected("P1", "length", "Length says 4, the sequence has 3 residues", 2)]


def test_quotes_are_characters_and_fields_may_be_long(tmp_path):
    site = 'ACT_SITE 2; /note="' + "x" * 200_000
    path = source(tmp_path, f"P1\treviewed\t\t3\tMKV\t{site}").path
    ((line, row),) = read_rows(path, numbered_lines(path))
    assert (line, row["Active site"]) == (2, site)


def test_names_of_columns_that_r_wrote_are_those_of_uniprotkb(tmp_path):
    header = "Entry\tStatus\tCross.reference..AlphaFoldDB.\tSequence\tDomain..FT.\tMy.own"
    path = source(tmp_path, "P1\treviewed\tP1;\tMKV\tDOMAIN 1..3\tx", header=header).path
    ((_, row),) = read_rows(path, numbered_lines(path), ["Domain [CC]", "Domain [FT]"])
    assert row == {
        "Entry": "P1", "Reviewed": "reviewed", "AlphaFoldDB": "P1;", "Sequence": "MKV",
        "Domain [FT]": "DOMAIN 1..3", "My.own": "x",
    }  # fmt: skip


@pytest.mark.parametrize("nothing", ["NA", "nan", " NA ", "None"])
def test_what_programs_write_for_nothing_is_nothing_but_in_a_sequence(tmp_path, nothing):
    found = list(source(tmp_path, f"P1\treviewed\t{nothing}\t{nothing}\tNA\t{nothing}").read())
    assert found == [ProteinRecord("P1", "NA", "", 2)]


def test_a_column_that_has_its_own_name_is_not_taken_for_another(tmp_path):
    path = source(tmp_path, "P1\tMKV\t3\t4", header="Entry\tSequence\tLength\tlength").path
    ((_, row),) = read_rows(path, numbered_lines(path))
    assert (row["Length"], row["length"]) == ("3", "4")


def test_a_missing_column_is_named_with_those_found(tmp_path):
    with pytest.raises(MalformedInput, match=r"has no column Sequence \(found: Entry, Length\)"):
        list(source(tmp_path, "P1\t3", header="Entry\tLength").read())


def test_a_row_with_another_number_of_fields_is_set_aside_with_its_line(tmp_path):
    rows = ["P1\treviewed\t\t3\tMKV\t", "P2\tx", "P3\treviewed\t\t3\tMKV\t"]
    found = list(source(tmp_path, *rows).read())
    assert found[1] == Rejected("P2", "fields", "2 fields, but the header has 6", 3)
    assert [record.accession for record in found] == ["P1", "P2", "P3"]


def test_a_filter_on_a_column_that_is_not_there_is_refused(tmp_path):
    table = source(tmp_path, "P1\tMKV", header="Entry\tSequence", reviewed_only=True)
    with pytest.raises(MalformedInput, match="has no column Reviewed"):
        list(table.read())


def test_the_real_tables_are_read_whole(shared_data):
    for name, n_proteins, n_residues in [
        ("uniprot_annotated.tsv.gz", 2526, 1_429_502),
        ("uniprot_annotated_legacy.tsv.gz", 5389, 2_462_845),
        ("uniprot_edge_cases.tsv", 53, None),
    ]:
        table = UniProtTsvSource(path=shared_data / name, name="real", reviewed_only=False)
        records = list(table.read())
        assert all(isinstance(record, ProteinRecord) for record in records)
        assert len(records) == n_proteins
        assert n_residues in (None, sum(len(record.sequence) for record in records))
