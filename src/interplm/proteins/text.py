"""Lines of a text file, however it is compressed and encoded."""

import codecs
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from pathlib import Path
from typing import IO

from interplm.errors import MalformedInput, UserError
from interplm.proteins.opening import opened, refuse_foreign

_BLOCK_BYTES = 2**17
# A table with every column of UniProtKB has lines of a million letters; a small
# compressed file may hold one that fills the memory.
_LONGEST_LINE = 100_000_000
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WINDOWS_1252 = "interplm.windows-1252"


def numbered_lines(
    path: Path,
    *,
    setting: str = "proteins.path",
    longest: int = _LONGEST_LINE,
    mend: str = "take it out.",
) -> Iterator[tuple[int, str]]:
    """1-based number and text of every line, without line end; byte-order marks are left out.

    Compression and encoding are told from the content: see `opened` for the one; text is UTF-8 or
    UTF-16, and a byte that is not UTF-8 is read as Windows-1252 (a superset of Latin-1). Lines may
    end in LF, CRLF or CR.

    Args:
        path: of the file.
        setting: that names it, for messages.
        longest: letters of a line; no more than that is held in memory.
        mend: what to do about a longer one, for the message.

    Raises:
        MissingArtifact: if there is no such file.
        MalformedInput: for a truncated or damaged file, one that is no text, or a longer line.
        UserError: if it cannot be opened.
    """
    number = 0
    compression = ""
    try:
        with opened(path, setting=setting) as (stream, compression):
            for number, line in enumerate(_lines(path, stream, longest, mend), start=1):
                yield number, line
    except _NoText as error:
        what = "not text" + (f", or a damaged {compression} file" if compression else "")
        raise MalformedInput(
            f"{path} is {what} (there is a zero byte after line {number}): give a FASTA file or a "
            "table."
        ) from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise _damaged(path, compression or "zip", number) from error
    except OSError as error:
        # Damage has no number of the operating system; a failing disk has one.
        if error.errno is None:
            raise _damaged(path, compression, number) from error
        raise UserError(
            f"{path} cannot be read further than line {number} ({error.strerror}): mend that, the "
            "file is left as it is."
        ) from error


class _NoText(Exception):
    """There is a zero byte."""


def _damaged(path: Path, compression: str, number: int) -> MalformedInput:
    return MalformedInput(
        f"{path} is a truncated or damaged {compression} file (after line {number}): download it "
        "again."
    )


def _lines(path: Path, stream: IO[bytes], longest: int, mend: str) -> Iterator[str]:
    number = 0
    pending: list[str] = []
    n_pending = 0
    for text in _decoded(path, stream):
        if "\0" in text:
            raise _NoText
        first, *others = text.split("\n")
        n_pending += len(first)
        pending.append(first)
        if others:
            others, pending, n_pending = (
                ["".join(pending), *others[:-1]],
                [others[-1]],
                len(others[-1]),
            )
            number += len(others)
            yield from others
        if n_pending > longest:
            raise MalformedInput(
                f"{path}, line {number + 1}: the line has more than {longest:,} letters, as no "
                f"line of proteins or annotations has: {mend}"
            )
    # Ctrl-Z ends a file of DOS.
    if last := "".join(pending).rstrip("\x1a"):
        yield last


def _decoded(path: Path, stream: IO[bytes]) -> Iterator[str]:
    decoder: IncrementalNewlineDecoder | None = None
    for block in _blocks(stream):
        if decoder is None:
            refuse_foreign(path, block)
            decoder = _decoder(block)
        yield decoder.decode(block).replace("\ufeff", "")
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    # `read1` gives what is there; `read` would lose the last whole lines before a damage.
    return iter(lambda: stream.read1(_BLOCK_BYTES), b"")  # type: ignore[attr-defined]


def _decoder(head: bytes) -> IncrementalNewlineDecoder:
    return IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(_encoding(head))(
            errors=_WINDOWS_1252 if _encoding(head) == "utf-8" else "replace"
        ),
        translate=True,
    )


def _encoding(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    # Without a mark, the first two letters tell: they are ASCII in every format that is read.
    match [byte == 0 for byte in head[:4]]:
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
    return "utf-8"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode("cp1252", errors="replace"), error.start + 1


codecs.register_error(_WINDOWS_1252, _as_windows_1252)
