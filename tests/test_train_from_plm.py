"""Training straight from a PLM, as a job."""

import re
import shlex

import pytest
import torch
import yaml
from tests.jobs import FAST_TRAINING, kill_when, refusal, run, small_plm, write_proteins

from interplm.sae import load_sae


@pytest.fixture
def settings(tmp_path):
    path = write_proteins(tmp_path)
    return [
        *FAST_TRAINING, *small_plm(tmp_path), "data=plm", f"proteins.path={path}", "layer=1",
        "data.buffer_rows=500", "data.statistics_residues=500", "trainer.max_steps=90",
    ]  # fmt: skip


def test_killed_and_run_again_it_is_the_run_that_was_not_and_evaluate_says_what_it_needs(
    tmp_path, settings
):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    done = run("train", *settings, f"run={whole}", data=tmp_path)
    assert re.search(r"5\d\d residues, a sample, γ", done.stdout)
    assert "explained variance" in done.stdout
    kill_when(
        (broken / "checkpoints" / "last.ckpt").exists,
        "train", *settings, f"run={broken}", data=tmp_path,
    )  # fmt: skip
    assert not (broken / "result.yaml").exists()
    assert "Going on at step" in run("train", *settings, f"run={broken}", data=tmp_path).stdout
    assert (broken / "metrics.csv").read_text() == (whole / "metrics.csv").read_text()
    one, other = (load_sae(folder / "sae").state_dict() for folder in (broken, whole))
    for name, value in one.items():
        assert torch.equal(value, other[name]), name

    said = refusal("evaluate", f"run={whole}", data=tmp_path)
    assert "was trained straight from the PLM, so there are no stored activations" in said
    embed = shlex.split(re.search(r"python -m interplm\.(embed [^`]*)`", said)[1])
    run(*embed, data=tmp_path)
    run("evaluate", f"run={whole}", "fidelity.n_sequences=4", data=tmp_path)
    trained = yaml.safe_load((whole / "result.yaml").read_text())
    table = (whole / "evaluation.csv").read_text()
    assert f"explained_variance,{trained['explained_variance']:.3f}" in table


def test_the_name_says_that_it_is_from_the_plm_and_not_where_things_lie(tmp_path, settings):
    moved = write_proteins(tmp_path).rename(tmp_path / "moved.fasta")
    write_proteins(tmp_path)
    short = ("trainer.max_steps=2",)
    run("train", *settings, *short, data=tmp_path)
    again = ["data.ahead=false", f"proteins.path={moved}", "embedding.residues_per_batch=512"]
    assert "This run is finished" in run("train", *settings, *short, *again, data=tmp_path).stdout
    run("train", *settings, *short, "embedding.dtype=float32", data=tmp_path)
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(names) == 2
    assert all(name.startswith("small_layer1_relu_plm_") for name in names)
