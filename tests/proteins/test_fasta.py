import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.errors import MalformedInput
from interplm.proteins import FastaSource, ProteinRecord, Rejected


def read(path):
    return list(FastaSource(path=path, name="test").read())


def write(tmp_path, text):
    path = tmp_path / "a.fasta"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_records_keep_order_description_and_the_line_of_their_header(tmp_path):
    path = write(tmp_path, ">P1 first\nMK\nVL\n\n>P2\nacd\n")
    assert read(path) == [
        ProteinRecord("P1", "MKVL", "first", 1),
        ProteinRecord("P2", "ACD", "", 5),
    ]


def test_comments_and_blank_lines_are_passed_over(tmp_path):
    path = write(tmp_path, "; made by hand\n\n>P1\n;comment\nMK\n\n  \nVL\n")
    assert read(path) == [ProteinRecord("P1", "MKVL", "", 3)]


def test_the_second_record_of_an_accession_is_set_aside(tmp_path):
    path = write(tmp_path, ">P1\nMK\n>P1\nVL\n>P2\nMK\n")
    assert read(path)[1] == Rejected("P1", "accession", "the accession occurs a second time", 3)
    assert len(read(path)) == 3


def test_an_empty_record_is_set_aside_with_its_line(tmp_path):
    path = write(tmp_path, ">P1\n>P2\nMK\n")
    assert read(path)[0] == Rejected("P1", "sequence", "there are no residues", 1)


def test_an_unusable_record_does_not_block_its_accession(tmp_path):
    assert isinstance(read(write(tmp_path, ">P1\nM-K\n>P1\nMK\n"))[1], ProteinRecord)


def test_text_before_the_first_header_is_refused_with_its_line(tmp_path):
    with pytest.raises(MalformedInput, match=r"a.fasta, line 2: 'MKV' stands before the first"):
        read(write(tmp_path, "\nMKV\n>P1\nMK\n"))


@pytest.mark.parametrize("text", ["", "\n\n", "; only a comment\n"])
def test_a_file_without_records_is_refused(tmp_path, text):
    with pytest.raises(MalformedInput, match="has no record"):
        read(write(tmp_path, text))


SEQUENCES = st.lists(st.text(alphabet="ACDEFGHIKLMNPQRSTVWYX", min_size=1), min_size=1, max_size=8)


@given(SEQUENCES, st.integers(1, 70), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_any_line_width_line_end_and_compression_reads_back_the_same(
    tmp_path_factory, sequences, width, end, compressed
):
    lines = []
    for number, sequence in enumerate(sequences):
        lines.append(f">P{number}")
        lines += [sequence[i : i + width].lower() for i in range(0, len(sequence), width)]
    content = end.join(lines).encode()
    path = tmp_path_factory.mktemp("fasta") / "a"
    path.write_bytes(gzip.compress(content) if compressed else content)
    assert [record.sequence for record in read(path)] == sequences


def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(n_proteins: int) -> int:
        path = tmp_path / f"{n_proteins}.fasta"
        with path.open("w") as file:
            for number in range(n_proteins):
                file.write(f">PROTEIN{number}\n{'ACDEFGHIKL' * 30}\n")
        tracemalloc.start()
        assert sum(1 for _ in FastaSource(path=path, name="test").read()) == n_proteins
        _, largest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return largest

    assert peak(20_000) < 1.2 * peak(1_000)


def test_real_headers_and_letters_are_read(shared_data):
    records = read(shared_data / "sequence_edge_cases.fasta")
    assert len(records) == 25
    assert all(isinstance(record, ProteinRecord) for record in records)
    assert {"P13970-2", "P68871.2"} <= {record.accession for record in records}
    letters = set().union(*(record.sequence for record in records))
    assert {"U", "O", "B", "Z", "X"} <= letters


def test_every_record_of_a_real_file_is_read_or_counted(shared_data):
    records = read(shared_data / "proteins.fasta.gz")
    assert len(records) == 25_758
    assert sum(len(r.sequence) for r in records if isinstance(r, ProteinRecord)) == 7_419_045
