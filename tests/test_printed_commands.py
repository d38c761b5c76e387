"""Every command that a job prints runs when it is pasted into a shell."""

import re
import shlex
import shutil
import subprocess

import numpy as np
import pytest
from tests.jobs import FAST_TRAINING, run, small_plm, write_proteins

SHORT = (*FAST_TRAINING, "trainer.max_steps=4")
COMMAND = re.compile(r"`(python -m interplm\.[^`]*)`|Next: (python -m interplm\..*)")


def printed(done):
    """Commands in what a job said."""
    said = done.stdout + "\n" + done.stderr
    return [code or following for code, following in COMMAND.findall(said)]


def paste(text, data):
    """Let a shell take the line apart, and run what it would run."""
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {text}"], capture_output=True, check=True, text=True
    ).stdout.split("\0")[:-1]
    assert words[:2] == ["python", "-m"], text
    if len(words) == 3:
        # A job that is spoken of, not a command.
        words.append("--help")
    job = words[2].removeprefix("interplm.")
    # The printed training is as long as a real one.
    shorter = SHORT if job == "train" else ()
    return run(job, *words[3:], *shorter, data=data, ok=False)


def follow(done, data, seen):
    """Run every command that was printed, and those that these print, each once."""
    for text in printed(done):
        if text not in seen and ".explore" not in text:
            seen.append(text)
            again = paste(text, data)
            assert again.returncode == 0, f"{text}\n{again.stdout}{again.stderr}"
            follow(again, data, seen)
        elif ".explore" in text:
            seen.append(text)
            assert "error" not in paste(f"{text} --cfg job", data).stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with a space in its name."""
    made = tmp_path_factory.mktemp("printed") / "my data"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def commands(folder):
    """What was printed and run, over plans that a user may have."""
    path = write_proteins(folder)
    seen: list[str] = []
    plm = [word.replace("plm.weights=", "plm.weights='").replace(".pt", ".pt'")
           if word.startswith("plm.weights") else word for word in small_plm(folder)]  # fmt: skip
    embedding = [*plm, f"proteins.path='{path}'", "layers=[1,2]"]
    follow(run("embed", *embedding, data=folder), folder, seen)
    for change in (
        [], ["sae=topk", "sae.k=4"], [f"run='{folder}/a run = mine, {{x}}'"], ["seed=3", "name=b"],
        ["--multirun", "sae=topk", "sae.k=2,3"],
    ):  # fmt: skip
        words = [*plm, "layer=1", *SHORT, *change, f"fidelity.sequences='{path}'"]
        follow(run("train", *words, data=folder), folder, seen)
    # Not followed, so that it is not scored.
    run("train", *plm, "layer=1", *SHORT, "seed=4", "name=unscored", data=folder)
    for job, *words in others(folder):
        follow(run(job, *words, data=folder, ok=False), folder, seen)
    return seen


def others(folder):
    """What else is asked for, some of it before it is there."""
    own, rows = f"'{folder}/a run = mine, {{x}}'", np.random.default_rng(0).normal(size=(40_000, 8))
    np.save(folder / "rows of mine.npy", rows)
    elsewhere = f"folder='{folder}/scores, elsewhere'"
    proteins = f"proteins.path='{folder}/proteins.fasta'"
    return [
        ("info", f"source={own}"),
        ("info", f"source='{folder}/activations/small/layer_1/proteins'"),
        ("convert", f"source={own}", f"target='{folder}/lens = b'", "format=sae_lens"),
        ("compare", f"runs='{folder}/runs'"),
        ("import_activations", f"path='{folder}/rows of mine.npy'", "layer=3", "plm.name=mine",
         "plm.d_model=8"),
        ("score", f"run={own}", "proteins=fasta", proteins, "concepts=none", elsewhere),
        ("score", f"run={own}", "proteins=fasta", proteins, "concepts=none", elsewhere,
         "scoring.seed=4"),
        ("annotate", proteins, f"pack={own}"),
        ("explore", f"run='{folder}/runs/unscored'"),
        ("evaluate", f"run='{folder}/runs/nothing = a'"),
        ("train", "layer=1", "dataset=missing"),
        ("embed", "layers=3"),
    ]  # fmt: skip


def test_at_least_that_many_were_run(commands):
    assert len(commands) >= 25


def test_a_shell_of_its_own_runs_one_too(commands, folder):
    text = next(text for text in commands if ".evaluate" in text)
    python = shutil.which("python")
    assert python is not None
    assert shlex.split(text)[0] == "python"
