"""Pages of docs/ whose blocks are run in order, in one folder, as a reader would.

A block with a file's name behind its language is written there; `sh` blocks are run, those marked
`fails` must leave with one sentence; other `python` blocks are run, each with names of its own.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tests.jobs import run_here

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    note: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Block(language, note, body) for language, note, body in _FENCE.findall(text)]


def run(block: Block, folder: Path, **variables: str) -> str:
    """What a command said; nothing for other blocks."""
    if block.note and block.note != "fails":
        path = folder / block.note
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    elif block.language == "sh":
        done = _command(block.text, folder, variables)
        _check(block, done)
        return done.stdout
    elif block.language == "python":
        with _as_a_script(folder, variables):
            exec(compile(block.text, "block", "exec"), {"__name__": "__main__"})
    return ""


def _command(
    text: str, folder: Path, variables: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """A job is run in this process, which has imported it all; anything else in a shell."""
    words = shlex.split(text)
    if words[:2] == ["python", "-m"] and words[2].startswith("interplm."):
        job = words[2].removeprefix("interplm.")
        return run_here(job, *words[3:], cwd=folder, variables=variables)
    return subprocess.run(
        ["bash", "-ec", text], cwd=folder, env=os.environ | variables, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


@contextlib.contextmanager
def _as_a_script(folder: Path, variables: dict[str, str]) -> Iterator[None]:
    with (
        mock.patch.dict(os.environ, variables),
        mock.patch.object(sys, "path", [str(folder), *sys.path]),
        contextlib.chdir(folder),
    ):
        yield


def _check(block: Block, done: "subprocess.CompletedProcess[str]") -> None:
    if block.note == "fails":
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("error: ")
    else:
        assert done.returncode == 0, block.text + done.stdout + done.stderr
