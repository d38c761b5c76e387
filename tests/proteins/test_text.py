import gzip
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplm.errors import MalformedInput, MissingArtifact
from interplm.proteins.text import numbered_lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_style(tmp_path, end):
    path = tmp_path / "a.txt"
    path.write_bytes(f"one{end}two{end}".encode())
    assert list(numbered_lines(path)) == [(1, "one"), (2, "two")]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path):
    path = tmp_path / "misnamed.fasta"
    path.write_bytes(gzip.compress(b"one\ntwo"))
    assert list(numbered_lines(path)) == [(1, "one"), (2, "two")]


def test_a_byte_order_mark_is_skipped(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf>P1\n")
    assert list(numbered_lines(path)) == [(1, ">P1")]


def test_a_truncated_gzip_is_refused_with_file_and_line(tmp_path):
    path = tmp_path / "a.gz"
    content = "".join(f"line {i * 7919 % 10007}\n" for i in range(20_000)).encode()
    path.write_bytes(gzip.compress(content)[:-2000])
    with pytest.raises(MalformedInput, match=r"a.gz is a truncated .*\(after line \d+\)"):
        list(numbered_lines(path))


def test_a_damaged_gzip_is_refused(tmp_path):
    path = tmp_path / "a.gz"
    damaged = bytearray(gzip.compress(b"hello world" * 1000))
    damaged[15:25] = b"\0" * 10
    path.write_bytes(damaged)
    with pytest.raises(MalformedInput, match="truncated or damaged gzip"):
        list(numbered_lines(path))


def test_bytes_that_are_not_text_are_refused_with_the_line(tmp_path):
    path = tmp_path / "a.fasta"
    path.write_bytes(b">P1\nMK\n\x00\xfe\n")
    with pytest.raises(MalformedInput, match=r"a.fasta is not text \(there is a zero byte after"):
        list(numbered_lines(path))


def test_a_missing_file_is_named_with_the_setting(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none.fasta does not exist: correct proteins.path"):
        list(numbered_lines(tmp_path / "none.fasta"))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_is_read_in_every_encoding(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(">P1 β-lactamase €\r\nMKV\r\n".encode(encoding))
    assert list(numbered_lines(path)) == [(1, ">P1 β-lactamase €"), (2, "MKV")]


def test_one_byte_of_another_encoding_costs_no_more_than_its_letter(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9 \x80 5\xb5m \xce\xb2 \x81\nMKV")
    assert list(numbered_lines(path)) == [(1, "café € 5µm β �"), (2, "MKV")]


def test_byte_order_marks_of_files_put_together_are_skipped(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf>P1\nMK\n\xef\xbb\xbf>P2\n\x1a")
    assert [line for _, line in numbered_lines(path)] == [">P1", "MK", ">P2"]


@settings(deadline=None)
@given(st.lists(st.text("MKVé\u2028\x0b\x0c\x1c ", max_size=40), max_size=8), st.integers(1, 64))
def test_lines_are_the_same_whatever_the_blocks(tmp_path_factory, lines, size):
    path = tmp_path_factory.mktemp("blocks") / "a.txt"
    path.write_bytes("".join(line + "\r\n" for line in lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("interplm.proteins.text._BLOCK_BYTES", size)
        assert [line for _, line in numbered_lines(path)] == lines


def test_a_small_file_of_one_endless_line_is_refused_in_little_memory(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b">P1\n")
        for _ in range(50):
            file.write(b"A" * 2**20)
    assert path.stat().st_size < 2**18
    tracemalloc.start()
    with pytest.raises(MalformedInput, match=r"line 2: the line has more than 5,000,000 letters"):
        list(numbered_lines(path, longest=5_000_000))
    _, largest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert largest < 20e6
