"""Several SAEs on the same batches, as one job."""

import csv
import re
import shlex
import signal

import pytest
import torch
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, kill_when, run, small_plm, stop_when, write_proteins

from hydra_plugins.one_pass_launcher import groups
from interplm.sae import load_sae
from interplm.training.checkpoints import step_of

TOGETHER = "hydra/launcher=one_pass"
# The second and third use what draws random numbers, averages, leaves residues out and revives.
SETTINGS = [
    *FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=3", "trainer.max_steps=70",
    "data.seed=5", "model.dead_after_residues=500", "revival=resampling", "callbacks=ema",
    "model.max_norm_multiple=1.2",
]  # fmt: skip
SWEEP = ["sae=relu,topk", "seed=0,1"]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "activations" / "small" / "layer_3" / "proteins"
    write_store(folder, [[40] * 20, [40] * 20], d_model=6)
    return tmp_path


def runs_in(folder):
    return sorted(folder.iterdir())


def runs(data):
    return runs_in(data / "runs")


def train(data, *settings, **options):
    # In a process of its own, as that of a user is: what other tests leave in memory, such as
    # where in it arrays lie, may change the last bit of a product.
    return run("train", "--multirun", *SETTINGS, *settings, data=data, process=True, **options)


def n_logged(path):
    return path.read_text().count("\n")


def assert_same_sae(one, other):
    """What was trained, and how it went."""
    assert (one / "config.yaml").read_text() == (other / "config.yaml").read_text()
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    first, second = (load_sae(folder / "sae").state_dict() for folder in (one, other))
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def assert_same(one, other):
    """Everything that does not depend on the clock."""
    assert_same_sae(one, other)
    first, second = (
        torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
        for folder in (one, other)
    )
    for state in (first, second):
        del state["random_state"]["cuda"]
    assert str(first["loops"]) == str(second["loops"])
    assert torch.equal(first["random_state"]["cpu"], second["random_state"]["cpu"])


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Each run by itself, one after the other."""
    data = tmp_path_factory.mktemp("alone")
    write_store(data / "activations/small/layer_3/proteins", [[40] * 20, [40] * 20], d_model=6)
    train(data, *SWEEP)
    return runs(data)


def assert_as_alone(data, alone):
    assert [path.name for path in runs(data)] == [path.name for path in alone]
    for one, other in zip(runs(data), alone, strict=True):
        assert_same(one, other)


def test_each_run_is_bit_for_bit_what_it_is_alone(data, alone):
    done = train(data, *SWEEP, TOGETHER)
    assert "4 runs share one pass" in done.stdout
    assert done.stdout.count("Exported SAE") == 4
    assert_as_alone(data, alone)
    assert train(data, *SWEEP, TOGETHER).stdout.count("This run is finished") == 4


def test_killed_and_run_again_all_go_on_and_new_ones_join(data, alone):
    train(data, "sae=relu", "seed=0")  # finished before
    kill_when(
        lambda: sum(n > 45 for n in map(n_logged, (data / "runs").glob("*/metrics.csv"))) == 4,
        "train", "--multirun", *SETTINGS, "sae=relu,topk", "seed=0,1", TOGETHER, data=data,
    )  # fmt: skip
    lost = next(path for path in runs(data) if not (path / "result.yaml").exists())
    for path in (lost / "checkpoints").iterdir():
        path.unlink()  # killed before its first checkpoint
    done = train(data, *SWEEP, TOGETHER)
    assert done.stdout.count("Going on at step") == 2
    assert_as_alone(data, alone)


def test_told_to_stop_each_keeps_its_last_step(data):
    logged = (data / "runs").glob
    done = stop_when(
        lambda: sum(n > 3 for n in map(n_logged, logged("*/metrics.csv"))) == 2,
        signal.SIGTERM, "train", "--multirun", *SETTINGS, "sae.k=2,3", "sae=topk",
        "trainer.max_steps=50_000", TOGETHER, data=data,
    )  # fmt: skip
    assert done.returncode == 143, done.stdout
    steps = {int(step) for step in re.findall(r"Stopped by SIGTERM at step (\d+)", done.stdout)}
    kept = [step_of(path / "checkpoints" / "last.ckpt") for path in runs(data)]
    assert len(kept) == 2
    assert steps == set(kept)
    assert max(kept) - min(kept) <= 1


def test_one_that_fails_leaves_the_others_to_their_end(data):
    done = train(data, "sae=topk", "sae.k=2,1000,3", TOGETHER, ok=False)
    assert done.returncode == 1
    assert "sae.k" in done.stderr
    assert len(list((data / "runs").glob("*/sae/sae.safetensors"))) == 2


def test_runs_of_other_lengths_and_those_that_read_something_else(data):
    write_store(data / "activations/small/layer_4/proteins", [[40] * 20], d_model=6, layer=4)
    done = train(data, "layer=3,4", "trainer.max_steps=3,5", "data.seed=0", TOGETHER)
    assert done.stdout.count("2 runs share one pass") == 2
    found = [yaml.safe_load((path / "result.yaml").read_text())["steps"] for path in runs(data)]
    assert sorted(found) == [3, 3, 5, 5]
    rows = [list(csv.DictReader((path / "metrics.csv").open())) for path in runs(data)]
    assert all(rows)


def test_a_ready_sweep_shares_a_pass_and_ends_with_the_command_that_compares_its_runs(data):
    done = train(data, "trainer.max_steps=2", "sweep=seeds")
    assert "3 runs share one pass" in done.stdout
    command = re.search(r"All of them: python -m interplm\.(compare .*)", done.stdout)[1]
    said = run(*shlex.split(command), data=data).stdout
    assert all(path.name in said for path in runs(data))
    assert len(runs(data)) == 3


def test_straight_from_the_plm_runs_on_several_layers_share_its_pass(tmp_path):
    settings = [
        *FAST_TRAINING, *small_plm(tmp_path), "data=plm", "layer=1,2", "data.seed=0",
        f"proteins.path={write_proteins(tmp_path)}", "data.buffer_rows=500",
        "data.statistics_residues=500", "trainer.max_steps=12",
    ]  # fmt: skip
    said = run("train", "--multirun", *settings, data=tmp_path, process=True).stdout
    assert said.count("a first block of") == 2
    alone = (tmp_path / "runs").rename(tmp_path / "alone")
    said = run("train", "--multirun", *settings, TOGETHER, data=tmp_path, process=True).stdout
    assert "2 runs share one pass" in said
    assert said.count("a first block of") == 1
    assert [path.name for path in runs(tmp_path)] == [path.name for path in runs_in(alone)]
    for one, other in zip(runs(tmp_path), runs_in(alone), strict=True):
        assert_same_sae(one, other)


def test_jobs_are_grouped_by_what_they_share_and_by_how_many_fit():
    assert groups(["a", "b", "a", None, "a", None], most=2) == [[0, 2], [1], [3], [4], [5]]
