"""Settings that Optuna searches for."""

import csv
import re
import sys
from unittest import mock

import pytest
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, kill_when, refusal, run

SMALL = [*FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=3"]
SEARCH = [
    "--multirun", "hparams_search=optuna", *SMALL, "trainer.max_steps=9",
    "trainer.val_check_interval=3", "sae.k=choice(1,4)",
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


def test_several_objectives_in_one_pass_end_with_what_none_surpasses(data):
    done = run(
        "train", "--multirun", "hparams_search=pareto", "hydra/launcher=one_pass", *SMALL,
        "trainer.max_steps=2", "hydra.sweeper.n_trials=3", "hydra.sweeper.n_jobs=3", data=data,
    ).stdout  # fmt: skip
    assert "3 runs share one pass" in done
    found = trials(data, "small_layer3_pareto")
    assert [row["state"] for row in found] == ["complete"] * 3
    assert all(float(row["l0"]) > 0 and row["explained_variance"] for row in found)
    assert re.search(
        r"(Best|Not surpassed): trial \d, explained_variance \S+, l0 \S+: python", done
    )
    table = data / "studies" / "small_layer3_pareto" / "comparison" / "comparison.csv"
    with table.open(newline="") as file:
        assert "yes" in [row["front"] for row in csv.DictReader(file)]


def test_a_trial_that_fails_ends_the_search_and_is_recorded(data):
    said = refusal("train", *SEARCH, "sae.k=choice(1000)", data=data)
    assert said.startswith("sae.k must be in 1..d_sae=32, got 1000")
    (failed,) = trials(data)
    assert (failed["state"], failed["error"]) == ("fail", said)


def test_what_the_user_can_mend_is_one_sentence(data):
    with mock.patch.dict(sys.modules, optuna=None):
        said = refusal("train", *SEARCH, data=data)
    assert "optuna is not installed" in said
    assert "pip install 'interplm[sweeps]'" in said
    single = [word for word in SEARCH[1:] if "choice" not in word]
    assert "A search runs with --multirun" in refusal("train", *single, data=data)
    assert "sae.kk is not a setting" in refusal("train", *SEARCH, "sae.kk=1,2", data=data)
    said = refusal("train", *SEARCH, "optimized_metric=[l0,explained_variance]", data=data)
    assert "has 2 figures and hydra.sweeper.direction 1 directions" in said
    assert not (data / "studies").exists()
    said = refusal("train", *SEARCH, "trainer.max_steps=1", "optimized_metric=x", data=data)
    assert said == "the run gave no number for x"
