"""Files opened for reading, decompressed if their content, and not their name, says so."""

import bz2
import importlib
import io
import logging
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from interplm.errors import MalformedInput, MissingArtifact, UserError

log = logging.getLogger(__name__)

_BLOCK_BYTES = 2**17
# What a file that is no text begins with, what it is called, and what to do about it.
_FOREIGN = (
    (0, b"\x89HDF\r\n", "an HDF5 file", "give the file of text that it was made from"),
    (0, b"%PDF", "a PDF document", "give a file of text"),
    (0, b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV or tab-separated text"),
    (0, b"PAR1", "a Parquet file", "save it as CSV or tab-separated text"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (0, b"Rar!", "a RAR archive", "unpack it"),
    (0, b"\x04\x22\x4d\x18", "compressed with lz4", "unpack it"),
    (0, b"\x1f\x9d", "compressed with compress (.Z)", "unpack it"),
    (0, b"LZIP", "compressed with lzip", "unpack it"),
    (257, b"ustar", "a tar archive", "unpack it and give one file of it"),
    (0, b"version https://git-lfs", "a Git LFS pointer and not the file", "run `git lfs pull`"),
    (0, b"<!doctype html", "a web page", "download the file itself"),
    (0, b"<html", "a web page", "download the file itself"),
)


@contextmanager
def opened(path: Path, *, setting: str) -> Iterator[tuple[IO[bytes], str]]:
    """The decompressed bytes of a file, and how it is compressed ("" where it is not).

    Gzip, bzip2, xz, zip with one file in it, and zstd where Python or `backports.zstd` reads it.

    Args:
        path: of a regular file.
        setting: that names it, for the message.

    Raises:
        MissingArtifact: if there is no such file.
        UserError: if it cannot be opened.
        MalformedInput: if it is compressed in a way that cannot be read.
    """
    with open_regular(path, setting=setting) as file:
        head = file.read(8)
        file.seek(0)
        for magic, name, decompressed in _COMPRESSIONS:
            if head.startswith(magic):
                with decompressed(file, path) as stream:
                    yield stream, name
                return
        yield file, ""


def open_regular(path: Path, *, setting: str) -> IO[bytes]:
    """The bytes of a file as they are.

    Raises:
        MissingArtifact: if there is no such file.
        UserError: if it is a folder or a pipe, or this user may not read it.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingArtifact(f"{path} does not exist: correct {setting}.") from error
    except PermissionError as error:
        raise UserError(
            f"{path} may not be read by this user: change its permissions, or copy it."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be opened ({reason}): mend that, the file is left as it is."
                        ) from error  # fmt: skip
    if stat.S_ISDIR(mode):
        raise UserError(f"{path} is a folder: give a file with {setting}.")
    raise UserError(
        f"{path} is a pipe or a device, which can be read only once: save what comes out of it as "
        f"a file and give that with {setting}."
    )


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise MalformedInput if these first bytes, decompressed, are of a format that is no text."""
    for offset, magic, what, mend in _FOREIGN:
        if head[offset : offset + len(magic)].lower() == magic.lower():
            raise MalformedInput(f"{path} is {what}: {mend}.")
    for magic, name, _ in _COMPRESSIONS:
        if head.startswith(magic):
            raise MalformedInput(
                f"{path} is compressed twice, inside with {name}: decompress it once."
            )


def _unzipped(file: IO[bytes], path: Path) -> IO[bytes]:
    """The one file of an archive; what macOS adds to it is left alone."""
    try:
        archive = zipfile.ZipFile(file)
        return archive.open(_only_name(archive.namelist(), path))
    # A password, or a version or method that Python does not know.
    except RuntimeError as error:
        raise MalformedInput(f"{path} cannot be read ({error}): unpack it by hand.") from error


def _only_name(listed: Sequence[str], path: Path) -> str:
    names = [name for name in listed if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if "[Content_Types].xml" in names:
        raise MalformedInput(
            f"{path} is an Excel workbook: save it as CSV or tab-separated text and give that."
        )
    if len(names) != 1:
        raise MalformedInput(
            f"{path} is a zip archive of {len(names)} files ({', '.join(names)[:200]}): unpack it "
            "and give one of them."
        )
    return names[0]


class _Zstd:
    """A stream whose damage is told as that of the standard library's older formats is."""

    def __init__(self, stream: IO[bytes], damage: type[Exception]) -> None:
        self._stream = stream
        self._damage = damage

    def __enter__(self) -> "_Zstd":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read1(self, n: int) -> bytes:
        try:
            return self._stream.read1(n)  # type: ignore[attr-defined]
        except self._damage as error:
            raise EOFError(str(error)) from error


def _zstd(file: IO[bytes], path: Path) -> IO[bytes]:
    for module in ("compression.zstd", "backports.zstd"):
        try:
            library = importlib.import_module(module)
        except ImportError:
            continue
        return cast("IO[bytes]", _Zstd(library.ZstdFile(file), library.ZstdError))
    raise MalformedInput(
        f"{path} is compressed with zstd, which this Python does not read: unpack it with "
        "`zstd -d`, or `pip install backports.zstd`."
    )


class _Decompressor(Protocol):
    """Of one stream, as those of `bz2` and `lzma` are."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gunzip:
    """zlib's, of one member of a gzip file."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Streams(io.RawIOBase):
    """Compressed streams one after another, as `bgzip` writes them, and zero bytes between them.

    The standard library's readers take a damaged stream, and all after it, for no part of the file.

    Args:
        file: that begins with a stream.
        path: of it, for messages.
        decompressor: of one stream.
        magic: that a stream begins with.
        remains: what a stream with a damaged beginning can still be known by.
    """

    def __init__(
        self,
        file: IO[bytes],
        path: Path,
        decompressor: Callable[[], _Decompressor],
        *,
        magic: bytes,
        remains: re.Pattern[bytes],
    ) -> None:
        self._file = file
        self._path = path
        self._new = decompressor
        self._magic = magic
        self._remains = remains
        self._decompressor = decompressor()
        self._pending = b""

    def read1(self, n: int) -> bytes:
        content = b""
        while not content and (not self._decompressor.eof or self._begins_another()):
            content = self._decompressor.decompress(self._more(), n)
        return content

    def _more(self) -> bytes:
        if not self._decompressor.needs_input:
            return b""
        block, self._pending = self._pending or self._file.read(_BLOCK_BYTES), b""
        if not block:
            raise EOFError("the last stream is not whole")
        return block

    def _begins_another(self) -> bool:
        rest = self._decompressor.unused_data.lstrip(b"\0")
        while not rest and (block := self._file.read(_BLOCK_BYTES)):
            rest = block.lstrip(b"\0")
        if len(rest) < len(self._magic):
            rest += self._file.read(_BLOCK_BYTES)
        if not rest:
            return False
        if rest[: len(self._magic)] != self._magic[: len(rest)]:
            self._leave_alone(rest)
            return False
        self._decompressor, self._pending = self._new(), rest
        return True

    def _leave_alone(self, rest: bytes) -> None:
        """Say that the rest of the file is not read; raise EOFError if there is a stream in it."""
        seen = b""
        while rest:
            seen += rest
            if self._remains.search(seen):
                raise EOFError("a stream has a damaged beginning")
            seen, rest = seen[-16:], self._file.read(_BLOCK_BYTES)
        log.warning("%s: what follows the end of its compressed data is left alone.", self._path)


def _gunzipped(file: IO[bytes], path: Path) -> IO[bytes]:
    # One of the three bytes that a member begins with may be another; then there are flags, a time,
    # the level and the system.
    begins = rb"(?:\x1f\x8b.|\x1f.\x08|.\x8b\x08)[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"
    remains = re.compile(begins, re.DOTALL)
    streams = _Streams(file, path, _Gunzip, magic=b"\x1f\x8b", remains=remains)
    return cast("IO[bytes]", streams)


def _bunzipped(file: IO[bytes], path: Path) -> IO[bytes]:
    # A stream's first block begins with the digits of pi, an empty stream ends with those of its
    # square root.
    remains = re.compile(rb"BZh|1AY&SY|\x17rE8P\x90")
    streams = _Streams(file, path, bz2.BZ2Decompressor, magic=b"BZh", remains=remains)
    return cast("IO[bytes]", streams)


def _unxzed(file: IO[bytes], path: Path) -> IO[bytes]:
    remains = re.compile(rb"\xfd7z|XZ\x00")
    streams = _Streams(file, path, lzma.LZMADecompressor, magic=b"\xfd7zXZ\x00", remains=remains)
    return cast("IO[bytes]", streams)


_COMPRESSIONS: tuple[tuple[bytes, str, Callable[[IO[bytes], Path], IO[bytes]]], ...] = (
    (b"\x1f\x8b", "gzip", _gunzipped),
    (b"BZh", "bzip2", _bunzipped),
    (b"\xfd7zXZ\x00", "xz", _unxzed),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
    (b"PK\x03\x04", "zip", _unzipped),
    (b"PK\x05\x06", "zip", _unzipped),
)
