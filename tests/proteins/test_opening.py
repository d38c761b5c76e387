import bz2
import gzip
import importlib
import io
import lzma
import os
import sys
import types
import zipfile

import pytest

from interplm.errors import MalformedInput, MissingArtifact, UserError
from interplm.proteins.text import numbered_lines

TEXT = "".join(f">P{n} {n * 7919 % 10007}\n{'MKV' * (n % 30 + 1)}\n" for n in range(3000)).encode()
LINES = TEXT.decode().splitlines()


def zipped(content, *names):
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return archive_bytes.getvalue()


COMPRESSED = {
    "gzip": gzip.compress(TEXT),
    "gzip of members": gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]),
    "gzip and zeros": gzip.compress(TEXT) + bytes(512),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "bzip2 of streams": bz2.compress(TEXT[:5000]) + bz2.compress(b"") + bz2.compress(TEXT[5000:]),
    "bzip2 and zeros": bz2.compress(TEXT) + bytes(512),
    "xz of streams": lzma.compress(TEXT[:5000]) + bytes(8) + lzma.compress(TEXT[5000:]),
    "xz and zeros": lzma.compress(TEXT) + bytes(2**18),
    "zip": zipped(TEXT, "a.fasta"),
    "zip of macOS": zipped(TEXT, "a/", "a/a.fasta", "__MACOSX/a/._a.fasta"),
    "not compressed": TEXT,
}


def lines_of(tmp_path, content):
    path = tmp_path / "a.fasta"
    path.write_bytes(content)
    return [line for _, line in numbered_lines(path)]


@pytest.mark.parametrize("compression", COMPRESSED)
def test_compressed_files_are_read_whatever_their_name(tmp_path, compression):
    assert lines_of(tmp_path, COMPRESSED[compression]) == LINES


# Where the list of an archive's files states, in two bytes, what a reader must know of the format.
@pytest.mark.parametrize(("place", "said"), [(6, "zip file version"), (10, "compression method")])
def test_a_zip_of_a_kind_that_python_does_not_read_is_to_be_unpacked(tmp_path, place, said):
    content = bytearray(COMPRESSED["zip"])
    at = content.index(b"PK\x01\x02") + place
    content[at : at + 2] = b"\x91\x00"
    with pytest.raises(MalformedInput, match=rf"cannot be read \(.*{said}.*unpack it by hand"):
        lines_of(tmp_path, bytes(content))


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz", "zip"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_cut_file_is_called_damaged_and_never_shorter(tmp_path, compression, kept):
    content = COMPRESSED[compression]
    with pytest.raises(MalformedInput, match=rf"truncated or damaged {compression} file"):
        lines_of(tmp_path, content[: int(kept * len(content))])


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz", "zip"])
def test_a_flipped_byte_is_found(tmp_path, compression):
    content = bytearray(COMPRESSED[compression])
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(MalformedInput, match=rf"damaged {compression} file"):
        lines_of(tmp_path, content)


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz"])
@pytest.mark.parametrize("rest", [b"trailing", b"\0trailing"])
def test_what_follows_the_last_stream_is_left_alone_and_said(tmp_path, caplog, compression, rest):
    assert lines_of(tmp_path, COMPRESSED[compression] + rest) == LINES
    assert "what follows the end of its compressed data is left alone" in caplog.text


@pytest.mark.parametrize(
    ("compression", "place"),
    # What follows in gzip's header, which no checksum covers, is a time and the system.
    [("gzip", place) for place in (0, 1, 2)]
    + [(compression, place) for compression in ("bzip2", "xz") for place in range(8)],
)
def test_a_damaged_stream_among_others_is_found(tmp_path, compression, place):
    compress = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}[compression]
    damaged = bytearray(compress(TEXT))
    damaged[place] ^= 4
    for content in (compress(TEXT) + damaged, compress(TEXT) + damaged + compress(TEXT)):
        with pytest.raises(MalformedInput, match=rf"truncated or damaged {compression} file"):
            lines_of(tmp_path, content)


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz"])
@pytest.mark.parametrize("kept", [2, 20])
def test_a_file_cut_in_its_second_stream_is_called_damaged(tmp_path, compression, kept):
    content = COMPRESSED[compression]
    with pytest.raises(MalformedInput, match=rf"truncated or damaged {compression} file"):
        lines_of(tmp_path, content + content[:kept])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(b"x", "a.fasta", "b.fasta"), r"a zip archive of 2 files \(a.fasta, b.fasta\)"),
        (zipped(b"x"), r"a zip archive of 0 files"),
        (zipped(b"x", "[Content_Types].xml", "xl/a.xml"), r"an Excel workbook: save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"an old Excel workbook"),
        (b"\x89HDF\r\n\x1a\n", r"an HDF5 file"),
        (b"%PDF-1.7", r"a PDF document"),
        (b"\n<html><body>404".lstrip(), r"a web page: download the file itself"),
        (b"<!DOCTYPE html>\n<html>", r"a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", r"a Git LFS pointer .*git lfs pull"),
        (bytes(257) + b"ustar", r"a tar archive"),
        (gzip.compress(bytes(257) + b"ustar", mtime=0), r"a tar archive"),
        (gzip.compress(bz2.compress(b"x"), mtime=0), r"compressed twice, inside with bzip2"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, content, message):
    with pytest.raises(MalformedInput, match=message):
        lines_of(tmp_path, content)


ZSTD = b"\x28\xb5\x2f\xfd rest"


@pytest.fixture
def zstd(monkeypatch):
    """A library that reads what ZSTD stands for, as `backports.zstd` would."""

    class ZstdFile(io.BytesIO):
        def __init__(self, file):
            content = file.read()
            self.is_damaged = content != ZSTD
            super().__init__(TEXT)

        def read1(self, n):
            if self.is_damaged:
                raise library.ZstdError("Data corruption detected")
            return super().read1(n)

    library = types.ModuleType("backports.zstd")
    library.ZstdFile, library.ZstdError = ZstdFile, type("ZstdError", (Exception,), {})
    monkeypatch.setitem(sys.modules, "compression", None)
    monkeypatch.setitem(sys.modules, "backports", types.ModuleType("backports"))
    monkeypatch.setitem(sys.modules, "backports.zstd", library)


@pytest.mark.usefixtures("zstd")
def test_zstd_is_read_where_a_library_reads_it(tmp_path):
    assert lines_of(tmp_path, ZSTD) == LINES
    with pytest.raises(MalformedInput, match="truncated or damaged zstd file"):
        lines_of(tmp_path, ZSTD + b"?")


def test_zstd_is_refused_by_name_elsewhere(tmp_path, monkeypatch):
    def nothing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", nothing)
    with pytest.raises(MalformedInput, match=r"compressed with zstd, .* unpack it with `zstd -d`"):
        lines_of(tmp_path, ZSTD)


def test_what_cannot_be_opened_is_not_called_damaged(tmp_path):
    def first(path):
        return next(numbered_lines(path))

    with pytest.raises(UserError, match=r"is a folder: give a file with proteins.path"):
        first(tmp_path)
    with pytest.raises(MissingArtifact, match=r"none does not exist: correct proteins.path"):
        first(tmp_path / "none")
    (tmp_path / "a").write_text("x")
    with pytest.raises(MissingArtifact, match=r"a/b does not exist"):
        first(tmp_path / "a" / "b")
    with pytest.raises(UserError, match=r"cannot be opened \(File name too long\)"):
        first(tmp_path / ("x" * 400))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match=r"pipe is a pipe or a device, which can be read only once"):
        first(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_of_another_user_is_named_as_such(tmp_path):
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(UserError, match=r"secret may not be read by this user"):
            next(numbered_lines(path))
    finally:
        os.seteuid(0)


def test_a_fault_of_the_disk_is_not_called_damage(tmp_path, monkeypatch):
    class FailingDisk(io.BytesIO):
        def read(self, n=-1):
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(n)

        def seek(self, *_):
            return 1

    path = tmp_path / "a.gz"
    path.write_bytes(COMPRESSED["gzip"])
    monkeypatch.setattr(
        "interplm.proteins.opening.open_regular",
        lambda path, setting: FailingDisk(path.read_bytes()),
    )
    with pytest.raises(
        UserError, match=r"cannot be read further than line 0 \(Input/output error\)"
    ):
        list(numbered_lines(path))
