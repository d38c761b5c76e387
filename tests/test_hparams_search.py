"""Settings that Optuna searches for."""

import csv
import sys
from unittest import mock

import pytest
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, kill_when, refusal, run

SEARCH = [
    "--multirun", "hparams_search=optuna", *FAST_TRAINING, "plm.name=small", "plm.d_model=6",
    "layer=3", "trainer.max_steps=9", "trainer.val_check_interval=3", "sae.k=choice(1,4)",
    "callbacks.checkpoint.every_n_train_steps=2", "callbacks.pruning.pruner.n_startup_trials=1",
    "hydra.sweeper.n_trials=5",
]  # fmt: skip


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "activations" / "small" / "layer_3" / "proteins"
    write_store(folder, [[40] * 20, [40] * 20], d_model=6)
    return tmp_path


def trials(data, study="small_layer3_search"):
    with (data / "studies" / study / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_study_that_is_killed_goes_on_to_its_end_and_shows_what_was_pruned(data):
    def is_in_second_trial():
        logs = [path.read_text().count("\n") for path in data.glob("runs/*/metrics.csv")]
        return len(logs) == 2 and min(logs) > 4

    kill_when(is_in_second_trial, "train", *SEARCH, "data.batch_size=32", data=data)
    done = run("train", *SEARCH, "data.batch_size=32", data=data).stdout
    assert done.count("Going on at step") == 1
    assert "Trial 0" not in done.replace("Best: trial 0", "")
    found = trials(data)
    assert {row["state"] for row in found} == {"complete", "pruned"}
    assert len(found) == 5
    for row in found:
        folder = data / "runs" / row["run"].rpartition("/")[2]
        assert (folder / "pruned.yaml").exists() == (row["state"] == "pruned")
        assert (folder / "result.yaml").exists() == (row["state"] == "complete")
        if row["state"] == "pruned":
            pruned = yaml.safe_load((folder / "pruned.yaml").read_text())
            assert str(pruned["step"]) == row["last_step"]
            assert f"{row['run']} was pruned at step {pruned['step']} and is left out" in done
    best = max(float(row["explained_variance"] or 0) for row in found)
    assert f"explained_variance {best:.4g}: python -m interplm.train" in done
    assert "begins" not in run("train", *SEARCH, "data.batch_size=32", data=data).stdout
    said = refusal("train", *SEARCH, "data.batch_size=64", data=data)
    assert "holds a study with another setting" in said
    assert "choose another folder with hydra.sweeper.study_name=" in said


def test_several_objectives_in_one_pass_end_with_what_is_not_surpassed(data):
    search = [word.replace("optuna", "pareto") for word in SEARCH if "pruning" not in word]
    done = run(
        "train", *search, "sae=topk", "sae.l1_coefficient=null", "hydra.sweeper.n_trials=3",
        "hydra.sweeper.n_jobs=3", "trainer.max_steps=2", "sae.k=choice(1,1000,4)",
        "hydra/launcher=one_pass", "hydra.sweeper.max_failures=9", data=data, ok=False,
    ).stdout  # fmt: skip
    assert done


def test_what_the_user_can_mend_is_one_sentence(data):
    with mock.patch.dict(sys.modules, optuna=None):
        said = refusal("train", *SEARCH, data=data)
    assert "optuna is not installed" in said
    assert "pip install 'interplm[sweeps]'" in said
    assert "A search runs with --multirun" in refusal("train", *SEARCH[1:], data=data)
    assert "sae.kk is not a setting" in refusal("train", *SEARCH, "sae.kk=1,2", data=data)
    assert "is not among" in refusal("train", *SEARCH, "optimized_metric=x", data=data)
    said = refusal("train", *SEARCH, "optimized_metric=[l0,explained_variance]", data=data)
    assert "has 2 figures and hydra.sweeper.direction 1 directions" in said
