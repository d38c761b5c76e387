import gzip
import hashlib
import inspect
import sqlite3
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from interplm.errors import MalformedInput, UserError
from interplm.proteins import FastaSource, ProteinRecord, ProteinSource, Rejected
from interplm.runtime.configs import config_folder


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


def test_records_glued_together_are_parted(tmp_path):
    path = write(tmp_path, ">A1 x > y\nMKVLAAGIVG>A2 y\nMKVLAAGIVC\n >A3\nMKV\n")
    assert [(r.accession, r.description, r.sequence, r.line) for r in read(path)] == [
        ("A1", "x > y", "MKVLAAGIVG", 1),
        ("A2", "y", "MKVLAAGIVC", 2),
        ("A3", "", "MKV", 4),
    ]


def test_the_second_line_of_a_pir_record_is_its_title(tmp_path):
    text = ">P1;CRAB_ANAPL\nALPHA CRYSTALLIN B CHAIN.\n  MDITI HNPLI\n RRPLF*\n>P1;X\n\nMKV*\n"
    assert [(r.accession, r.description, r.sequence) for r in read(write(tmp_path, text))] == [
        ("CRAB_ANAPL", "ALPHA CRYSTALLIN B CHAIN.", "MDITIHNPLIRRPLF"),
        ("X", "", "MKV"),
    ]


def test_aligned_rows_are_read_without_their_gaps_where_asked(tmp_path):
    path = write(tmp_path, "#A3M#\n>P1\nMK--VL.a\n>P2\n---\n")
    assert [record.field for record in read(path) if isinstance(record, Rejected)] == [
        "sequence"
    ] * 2
    found = list(FastaSource(path=path, name="test", aligned=True).read())
    assert found == [
        ProteinRecord("P1", "MKVLA", "", 2),
        Rejected("P2", "sequence", "there are no residues", 4),
    ]


def test_another_way_of_reading_is_another_data_set(tmp_path):
    path = write(tmp_path, ">P1\nM-K\n")
    settings = [{}, {"aligned": True}, {"refuse_nucleotides": False}]
    digests = [FastaSource(path=path, name="x", **kept).sha256() for kept in settings]
    assert len(set(digests)) == 3
    assert digests[0] == hashlib.sha256(path.read_bytes()).hexdigest()


def genes(n, first=0):
    return "".join(f">gene{i}\n{'ACGTTGCANN' * 10}\n" for i in range(first, first + n))


def test_a_file_of_nucleotides_is_refused_by_name(tmp_path):
    path = write(tmp_path, genes(20))
    message = r"looks like nucleotides, not proteins: in 20 of its first 20 .*_nucleotides=false"
    with pytest.raises(MalformedInput, match=message):
        read(path)
    kept = FastaSource(path=path, name="test", refuse_nucleotides=False)
    assert sum(isinstance(record, ProteinRecord) for record in kept.read()) == 20


def test_a_large_file_of_nucleotides_is_refused_at_its_beginning(tmp_path):
    path = write(tmp_path, genes(100_000))
    found = []
    with pytest.raises(MalformedInput, match="in 100 of its first 100 records"):
        found.extend(FastaSource(path=path, name="test").read())
    assert len(found) == 100
    assert not any(isinstance(record, ProteinRecord) for record in found)


def test_nucleotides_among_proteins_are_set_aside(tmp_path):
    proteins = "".join(f">P{i}\nMKVLAAGIVGEE\n" for i in range(30))
    found = read(write(tmp_path, genes(10) + proteins + genes(10, first=10)))
    assert [record.field for record in found if isinstance(record, Rejected)] == [
        "nucleotides"
    ] * 20
    assert len(found) == 50


@pytest.mark.parametrize("width", [60, 10**9])
def test_an_endless_record_in_a_small_file_is_refused_in_little_memory(tmp_path, width):
    path = tmp_path / "bomb.fasta.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b">P1\nMKV\n>BOMB\n")
        for _ in range(24):
            file.write((b"A" * 2**20) if width > 2**20 else (b"A" * 60 + b"\n") * 17_000)
    assert path.stat().st_size < 200_000
    source = FastaSource(path=path, name="test", longest_record=1_000_000)
    tracemalloc.start()
    with pytest.raises(MalformedInput, match=r"line [34]: .* more than .*longest_record higher"):
        list(source.read())
    _, largest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert largest < 40e6


def test_a_full_temporary_folder_is_named(tmp_path, monkeypatch):
    path = write(tmp_path, "".join(f">P{'x' * 400}{i}\nMKV\n" for i in range(2000)))
    connect = sqlite3.connect

    def small(*args, **kwargs):
        database = connect(*args, **kwargs)
        database.execute("PRAGMA max_page_count = 8")
        return database

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(UserError, match=r"temporary folder \(database or disk is full\): .*TMPDIR"):
        read(path)


def test_the_defaults_of_the_code_are_those_of_the_yaml():
    config = OmegaConf.load(config_folder() / "proteins" / "fasta.yaml").source
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(ProteinSource.__init__).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    assert defaults == {name: config[name] for name in defaults}
    assert len(defaults) == 3
