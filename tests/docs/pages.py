"""Pages of docs/ whose blocks are run in order, in one folder, as a reader would.

A block with a file's name behind its language is written there; `sh` blocks are run, those marked
`fails` must leave with one sentence; other `python` blocks are run in a process of their own.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import interplm

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


def run(block: Block, folder: Path, **variables: str) -> None:
    if block.note and block.note != "fails":
        path = folder / block.note
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    elif block.language == "sh":
        command = block.text.replace("python -m", f"{sys.executable} -m", 1)
        _check(block, ["bash", "-ec", command], folder, variables)
    elif block.language == "python":
        _check(block, [sys.executable, "-c", block.text], folder, variables)


def _check(block: Block, command: list[str], folder: Path, variables: dict[str, str]) -> None:
    source = str(Path(interplm.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"} | variables
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if block.note == "fails":
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("error: ")
    else:
        assert done.returncode == 0, block.text + done.stdout + done.stderr
