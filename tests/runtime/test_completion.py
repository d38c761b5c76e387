"""The shell's own functions complete a line, with the command as a reader's shell would find it."""

import shutil
import subprocess
import sys

import pytest
from tests.jobs import environment

from interplm.__main__ import JOBS
from interplm.runtime.completion import completion_script

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash")


def completed(line, folder):
    """What bash offers at the end of a line; it takes = for a word of its own."""
    words = line.replace("=", " = ").split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
        interplm() {{ '{sys.executable}' -m interplm "$@"; }}
        {completion_script(JOBS)}
        COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} COMP_LINE='{line}' COMP_POINT={len(line)}
        COMP_WORDBREAKS=' ='
        _interplm
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [BASH, "-c", script], env=environment(folder), cwd=folder, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_jobs(tmp_path):
    assert completed("interplm ex", tmp_path) == ["explore"]
    assert completed("interplm ", tmp_path) == [*JOBS, "--help", "--version"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("interplm train sae=top", ["topk"]),
        ("interplm train experiment=layer3 sae=topk sae.", ["sae.k=", "sae.d_sae="]),
        ("interplm embed plm=esm2_6", ["esm2_650m"]),
    ],
)
def test_groups_options_and_settings_of_a_job(line, offered, tmp_path):
    assert set(offered) <= set(completed(line, tmp_path))
