import csv
import os
import re
import signal
from pathlib import Path

import pytest
import torch
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, kill_when, refusal, run, stop_when

from interplm.activations.shard import shard_path
from interplm.runtime.configs import compose, config_folder
from interplm.sae import load_sae
from interplm.training.checkpoints import step_of

PLM = ("plm.name=small", "plm.d_model=6")
EXPERIMENTS = sorted(path.stem for path in (config_folder() / "experiment").glob("*.yaml"))


def store_of(data, layer=3):
    return data / "activations" / "small" / f"layer_{layer}" / "proteins"


@pytest.fixture
def data(tmp_path):
    write_store(store_of(tmp_path), [[40] * 20, [40] * 20], d_model=6)
    return tmp_path


def train(data, *overrides, **options):
    return run("train", *PLM, *FAST_TRAINING, *overrides, data=data, **options)


def metrics(folder):
    """Rows of metrics.csv without what depends on the clock."""
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_trains_exports_reports_and_says_what_is_next(data):
    done = train(data, "experiment=layer3", "trainer.max_steps=60", f"run={data / 'run'}")
    assert "γ = ‖μ‖/‖σ‖ =" in done.stdout
    assert re.search(r"explained variance -?\d\.\d{4}, L0 \d+\.\d, dead \d+\.\d\d %", done.stdout)
    assert f"Exported SAE: {data / 'run' / 'sae'}" in done.stdout
    assert "Next: " in done.stdout
    assert load_sae(data / "run" / "sae").d_sae == 32
    result = yaml.safe_load((data / "run" / "result.yaml").read_text())
    assert result["steps"] == 60
    assert {"train/loss", "validation/explained_variance"} <= metrics(data / "run")[-1].keys()


def test_killed_and_run_again_the_loss_curve_continues_identically(data):
    options = ["experiment=layer3", "sae=topk", "sae.k=4", "trainer.max_steps=90",
               "model.dead_after_residues=2000", "revival=resampling", "callbacks=ema",
               "model.max_norm_multiple=1.2"]  # fmt: skip
    train(data, *options, f"run={data / 'whole'}")
    broken = data / "broken"
    last = broken / "checkpoints" / "last.ckpt"
    kill_when(
        lambda: last.exists() and (broken / "metrics.csv").read_text().count("\n") > 33,
        "train", *PLM, *FAST_TRAINING, *options, f"run={broken}", data=data,
    )  # fmt: skip
    assert not (broken / "result.yaml").exists()
    done = train(data, *options, f"run={broken}")
    assert "Going on at step" in done.stdout
    assert metrics(broken) == metrics(data / "whole")
    one, other = (load_sae(folder / "sae").state_dict() for folder in (broken, data / "whole"))
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_residues_left_out_are_said_and_logged(data):
    done = train(data, "experiment=layer3", "trainer.max_steps=10", "model.max_norm_multiple=1.2",
                 f"run={data / 'run'}")  # fmt: skip
    assert re.search(r"Residues with a norm above \d+\.?\d* are left out", done.stdout)
    left_out = yaml.safe_load((data / "run" / "result.yaml").read_text())["outlier_percent"]
    assert 0 < left_out < 100
    assert float(metrics(data / "run")[-2]["train/outlier_percent"]) > 0


def test_another_average_is_another_run(data):
    options = ["experiment=layer3", "trainer.max_steps=2", f"run={data / 'run'}"]
    train(data, *options)
    said = refusal("train", *PLM, *FAST_TRAINING, *options, "callbacks=ema", data=data)
    assert "ema_decay was None, now 0.999" in said


def test_a_finished_run_is_found_and_not_trained_again(data):
    options = ["experiment=layer3", "trainer.max_steps=20", f"run={data / 'run'}"]
    train(data, *options)
    weights = data / "run" / "sae" / "sae.safetensors"
    before = weights.stat().st_mtime_ns
    assert "This run is finished" in train(data, *options).stdout
    assert weights.stat().st_mtime_ns == before
    train(data, *options, "fresh=true")
    assert weights.stat().st_mtime_ns != before


def test_overrides_name_the_run_so_that_runs_do_not_collide(data):
    train(data, "experiment=layer3", "trainer.max_steps=2")
    train(data, "experiment=layer3", "trainer.max_steps=2", "sae=topk", "sae.k=4")
    relu, topk = sorted(path.name for path in (data / "runs").iterdir())
    assert relu.startswith("small_layer3_relu_d_sae32_max_steps2_")
    assert topk.startswith("small_layer3_topk_d_sae32_k4_max_steps2_")


def test_the_trainer_for_gpus_clips_its_fused_optimiser(data):
    train(data, "experiment=layer3", "trainer=gpu", "trainer.accelerator=cpu",
          "trainer.max_steps=5", f"run={data / 'run'}")  # fmt: skip
    assert yaml.safe_load((data / "run" / "result.yaml").read_text())["steps"] == 5


def test_a_multirun_trains_each_setting_in_a_folder_of_its_own_also_beside_one_that_fails(data):
    done = run(
        "train", "--multirun", *PLM, *FAST_TRAINING, "experiment=layer3", "trainer.max_steps=3",
        "sae=topk", "sae.k=2,4000,4", data=data, ok=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith(
        "error: 1 of 3 jobs failed:\n  sae.k=4000: sae.k must be in 1..d_sae=32, got 4000.\n"
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.count("Exported SAE") == 2
    assert len(list((data / "runs").glob("*/sae/sae.safetensors"))) == 2
    (table,) = data.glob("sweeps/*/comparison/comparison.csv")
    assert f"Table: {table}" in done.stdout
    with table.open(newline="") as file:
        assert sorted(float(row["l0"]) for row in csv.DictReader(file)) == [2, 4]
    assert "left out" not in done.stdout


def test_an_sae_of_one_s_own_is_trained_by_a_yaml_in_a_folder_of_one_s_own(data):
    (data / "conf" / "sae").mkdir(parents=True)
    (data / "conf" / "sae" / "mine.yaml").write_text(
        "defaults:\n  - topk\n_target_: my_own_sae.Mine\n"
    )
    (data / "my_own_sae.py").write_text(
        "from interplm.sae import TopKSAE\n\n\nclass Mine(TopKSAE):\n    pass\n"
    )
    done = run("train", "--config-dir", "conf", *PLM, *FAST_TRAINING, "experiment=layer3",
               "sae=mine", "trainer.max_steps=3", data=data, process=True)  # fmt: skip
    (folder,) = (data / "runs").iterdir()
    assert folder.name.startswith("small_layer3_mine_")
    assert f"Exported SAE: {folder / 'sae'}" in done.stdout
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    assert settings["model"]["sae"]["_target_"] == "my_own_sae.Mine"


def test_several_devices_train_one_run_of_a_sweep_after_the_other(data):
    done = run(
        "train", "--multirun", *PLM, *FAST_TRAINING, "experiment=layer3", "trainer=ddp",
        "trainer.devices=2", "trainer.accelerator=cpu", "trainer.max_steps=4",
        "data.batch_size=32", "sae=topk", "sae.k=2,4", data=data, process=True,
    )  # fmt: skip
    assert done.stdout.count("Exported SAE") == 2
    assert len(list((data / "runs").glob("*/result.yaml"))) == 2


def test_two_processes_of_ddp_train_one_sae(data):
    train(data, "experiment=layer3", "trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu",
          "trainer.max_steps=20", "data.batch_size=32", f"run={data / 'run'}",
          process=True)  # fmt: skip
    assert yaml.safe_load((data / "run" / "result.yaml").read_text())["steps"] == 20
    trained = [row["step"] for row in metrics(data / "run") if row["train/loss"]]
    assert trained == [str(step) for step in range(20)]
    state = torch.load(data / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    counted = state["state_dict"]["activity.residues_since_fired"]
    assert counted.max() <= 20 * 64


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_shipped_experiment_runs(tmp_path, experiment):
    options = []
    if experiment == "demo":  # measures fidelity, so the activations must be those of its PLM
        options = ["proteins.source.n_proteins=60"]
        run("embed", "proteins=demo", "plm=esm2_demo", "layers=[5]", *options, data=tmp_path)
    else:
        cfg = compose("train", f"experiment={experiment}", f"paths.data={tmp_path}")
        width = cfg.plm.d_model or 512
        write_store(
            Path(cfg.data.folder), [[40] * 30], plm=cfg.plm.name, d_model=width, layer=cfg.layer
        )
        # What it measures fidelity on is not here.
        absent = [f"~downloads.{name}" for name in cfg.downloads]
        options = [*absent, "fidelity.sequences=null", "callbacks=default"]
    run("train", f"experiment={experiment}", *options, "debug=fast", "data.batch_size=64",
        "data.buffer_rows=64", data=tmp_path)  # fmt: skip


def test_activations_that_are_missing_name_the_command(data):
    said = refusal("train", *PLM, "layer=5", data=data)
    assert "layer_5/proteins: embed your proteins first, python -m interplm.embed plm=" in said
    given = refusal("train", *PLM, "layer=5", "proteins.path=x.fasta", data=data)
    assert re.search(r"run `python -m interplm.embed plm=.* proteins.path=x.fasta .*` first", given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("layer=4", "holds activations with layer=3, but layer=4 is asked for"),
        ("plm.name=esm2_8m", "holds activations with plm=small, but plm=esm2_8m is asked for"),
        ("plm.d_model=320", "holds activations with d_model=6, but d_model=320 is asked for"),
        ("sae.l1_coefficient=-1", "sae.l1_coefficient must be a positive number, got -1"),
        ("sae.l1=0.1", "sae.l1 is not a setting of this job: did you mean sae"),
        ("sae=transcoder", "Could not find 'sae/transcoder' Available options in 'sae': batchtopk"),
        ("revival=ghosts", "Could not find 'revival/ghosts' Available options in 'revival': auxk"),
        ("trainer.precision=bf16-true", "rounds the weights and thresholds: choose bf16-mixed"),
        ("trainer.max_steps=-1", "trainer.max_steps must be at least 1, got -1"),
        ("data.batch_size=0", "data.batch_size must be at least 1"),
        ("trainer.accelerator=tpu", "change the settings of trainer"),
        ("trainer.strategy=fsdp", "requires a GPU accelerator"),
        ("trainer.devices=0", "change the settings of trainer"),
        ("optimizer.lr=0", "optimizer.lr must be a positive number, got 0"),
        ("optimizer.lr=nan", "Invalid learning rate: nan: change the settings of optimizer"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(data, change, message):
    overrides = [*PLM, "layer=3", f"data.folder={store_of(data)}", change]
    assert message in refusal("train", *overrides, data=data)


def test_a_truncated_store_is_named_with_the_mend(data):
    path = shard_path(store_of(data), 1)
    path.write_bytes(path.read_bytes()[:-500])
    said = refusal("train", *PLM, "layer=3", data=data)
    assert re.search(
        r"shard_00001.h5 is truncated .*: delete it and run `python -m interplm.embed`", said
    )


def test_another_setting_in_the_same_folder_is_refused(data):
    train(data, "experiment=layer3", "trainer.max_steps=2", f"run={data / 'run'}")
    said = refusal("train", *PLM, *FAST_TRAINING, "experiment=layer3", "trainer.max_steps=3",
                   f"run={data / 'run'}", data=data)  # fmt: skip
    assert "trainer.max_steps was 2, now 3" in said
    assert "fresh=true" in said


def test_a_damaged_checkpoint_falls_back_to_the_one_before_it(data):
    options = ["experiment=layer3", "trainer.max_steps=50", f"run={data / 'run'}"]
    train(data, *options)
    whole = load_sae(data / "run" / "sae").state_dict()
    checkpoints = data / "run" / "checkpoints"
    (data / "run" / "result.yaml").unlink()
    os.truncate(checkpoints / "last.ckpt", 3000)
    done = train(data, *options)
    assert "last.ckpt is damaged and passed over" in done.stdout
    assert f"Going on at step 20 from {checkpoints / 'previous.ckpt'}" in done.stdout
    for name, value in load_sae(data / "run" / "sae").state_dict().items():
        assert torch.equal(value, whole[name]), name
    for path in checkpoints.iterdir():
        path.write_bytes(b"torn")
    (data / "run" / "result.yaml").unlink()
    said = refusal("train", *PLM, *FAST_TRAINING, *options, data=data)
    assert "last.ckpt is damaged, and no other checkpoint is whole: fresh=true" in said


def test_killed_before_its_first_checkpoint_every_step_is_logged_once(data):
    options = [
        "experiment=layer3",
        "trainer.max_steps=30",
        "callbacks.checkpoint.every_n_train_steps=25",
    ]
    run_folder = data / "run"
    logged = run_folder / "metrics.csv"
    kill_when(
        lambda: logged.exists() and logged.read_text().count("\n") > 5,
        "train", *PLM, *FAST_TRAINING, *options, f"run={run_folder}", data=data,
    )  # fmt: skip
    assert not (run_folder / "checkpoints").exists()
    train(data, *options, f"run={run_folder}")
    trained = [row["step"] for row in metrics(run_folder) if row["train/loss"]]
    assert trained == [str(step) for step in range(30)]


def test_a_job_told_to_stop_keeps_its_last_step_and_leaves_with_the_signal_s_status(data):
    logged = data / "run" / "metrics.csv"
    done = stop_when(
        lambda: logged.exists() and logged.read_text().count("\n") > 3, signal.SIGTERM,
        "train", *PLM, *FAST_TRAINING, "experiment=layer3", "trainer.max_steps=50_000",
        f"run={data / 'run'}", data=data,
    )  # fmt: skip
    assert done.returncode == 143
    (step,) = re.findall(r"Stopped by SIGTERM at step (\d+); the same command goes", done.stdout)
    assert step_of(data / "run" / "checkpoints" / "last.ckpt") == int(step)
    assert not (data / "run" / "result.yaml").exists()
