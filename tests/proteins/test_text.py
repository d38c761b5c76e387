import gzip

import pytest

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
