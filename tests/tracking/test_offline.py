"""Training, evaluation and the dashboard in wandb, without a network."""

import csv
import json
import shlex

import pytest
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, refusal, run
from tests.tracking.reading import offline_runs

from interplm.sae import load_sae
from interplm.tracking import AXIS

STEPS, BATCH = 6, 64
TRAIN = (
    *FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=3", f"trainer.max_steps={STEPS}",
    "trainer.val_check_interval=3", "logger=many", "logger.wandb.offline=true", "optimizer.lr=1e-3",
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with two runs, of which one is evaluated, and a dashboard of them."""
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE_DIR", "DATA_DIR", "CONFIG_DIR"):
            patch.setenv(f"WANDB_{kind}", str(data / "wandb_home"))
        write_store(data / "activations/small/layer_3/proteins", [[40] * 20], d_model=6)
        run(
            "train", "--multirun", "hydra/launcher=one_pass", *TRAIN, "sae=jumprelu,topk", data=data
        )
        run("evaluate", f"run={run_of(data, 'jumprelu')}", data=data)
        (data / "said").write_text(run("dashboard", data=data).stdout)
    return data


def run_of(data, sae):
    [folder] = (data / "runs").glob(f"*_{sae}_*")
    return folder


def names_in(data):
    return {path.name for path in (data / "runs").iterdir()}


@pytest.fixture(scope="module")
def trained(data):
    return next(r for r in offline_runs(run_of(data, "jumprelu")) if r.run.job_type == "train")


def test_a_run_says_what_it_is(data, trained):
    assert trained.run.project == "interplm"
    assert trained.run.run_group == "small_layer3"
    assert list(trained.run.tags) == ["small", "layer 3", "proteins", "jumprelu"]
    [other] = offline_runs(run_of(data, "topk"))
    assert trained.run.display_name != other.run.display_name
    assert (
        trained.run.run_id
        == yaml.safe_load((run_of(data, "jumprelu") / "inputs.yaml").read_text())["wandb"]["id"]
    )


def test_the_whole_config_is_there(trained):
    config = trained.config
    assert config["trainer"]["max_steps"] == STEPS
    assert config["model"]["sae"]["_target_"] == "interplm.sae.JumpReLUSAE"
    assert config["activations"]["proteins_sha256"]


def test_metrics_are_drawn_against_the_residues_seen(data, trained):
    assert trained.axes["*"] == AXIS
    rows = [row for row in trained.history if "train/loss" in row]
    assert [row[AXIS] for row in rows] == [BATCH * (n + 1) for n in range(STEPS)]
    assert all(AXIS in row for row in trained.history if "validation/l0" in row)
    with (run_of(data, "jumprelu") / "metrics.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["train/loss"]) for row in table if row["train/loss"]] == pytest.approx(
        [row["train/loss"] for row in rows]
    )


def test_densities_and_thresholds_are_histograms(data, trained):
    sae = load_sae(run_of(data, "jumprelu") / "sae")
    thresholds = trained.logged("validation/threshold")[-1]
    assert thresholds["_type"] == "histogram"
    assert sum(thresholds["values"]) == sae.d_sae
    low, high = (end.item() for end in sae.threshold.detach().aminmax())
    assert (thresholds["bins"][0], thresholds["bins"][-1]) == pytest.approx((low, high), abs=1e-6)
    assert 0 < sum(trained.logged("validation/log10_density")[-1]["values"]) <= sae.d_sae
    mean = trained.logged("validation/mean_threshold")[-1]
    assert mean == pytest.approx(sae.threshold.mean().item())
    [topk] = offline_runs(run_of(data, "topk"))
    assert not topk.logged("validation/threshold")


def test_the_final_figures_are_a_table_and_the_summary(data, trained):
    result = yaml.safe_load((run_of(data, "jumprelu") / "result.yaml").read_text())
    assert trained.logged("reconstruction")[-1]["nrows"] == len(result)
    assert trained.summary["result/l0"] == pytest.approx(result["l0"])


def test_what_a_run_read_and_wrote_is_known_by_fingerprint(data, trained):
    read, written = trained.artifacts(read=True), trained.artifacts(read=False)
    description = yaml.safe_load((run_of(data, "jumprelu") / "sae/sae.yaml").read_text())[
        "trained_on"
    ]
    assert read["proteins-proteins"]["proteins_sha256"] == description["proteins_sha256"]
    activations = read["activations-small-3-proteins"]
    assert activations["weights_sha256"] == description["weights_sha256"]
    assert activations["files"] == ["fingerprint.json"]
    assert activations["folder"] == str(data / "activations/small/layer_3/proteins")
    [sae] = [artifact for artifact in written.values() if artifact["type"] == "sae"]
    assert sae["files"] == ["sae.safetensors", "sae.yaml"]
    assert sae["trained_on"]["proteins_sha256"] == description["proteins_sha256"]


def test_an_evaluation_is_a_run_of_the_same_group_that_reads_the_sae(data, trained):
    [evaluated] = [
        r for r in offline_runs(run_of(data, "jumprelu")) if r.run.job_type == "evaluate"
    ]
    assert evaluated.run.run_id == f"{trained.run.run_id}-evaluate"
    assert evaluated.run.run_group == trained.run.run_group
    assert f"sae-{run_of(data, 'jumprelu').name}" in evaluated.artifacts(read=True)
    with (run_of(data, "jumprelu") / "evaluation.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert evaluated.logged("reconstruction")[-1]["nrows"] == len(rows)
    assert f"evaluation/{rows[0]['space']}/{rows[0]['metric']}" in evaluated.summary


def test_a_dashboard_has_the_pareto_plot_and_the_curves_that_were_logged(data):
    shown = yaml.safe_load((data / "dashboard/dashboard.yaml").read_text())
    panels = {section["title"]: section["panels"] for section in shown["sections"]}
    assert shown["project"] == "interplm"
    [pareto] = panels["Pareto: sparsity against quality"]
    assert (pareto["x"], pareto["y"]) == ("result/l0", "result/explained_variance")
    assert {panel["x"] for panel in panels["Training"]} == {AXIS}
    assert "validation/mean_threshold" in [panel["y"] for panel in panels["Validation"]]
    assert "Fidelity" not in panels
    plot = json.loads((data / "dashboard/pareto_explained_variance.json").read_text())
    front, points = plot["layer"]
    assert {value["run"] for value in points["data"]["values"]} == {
        path.name for path in (data / "runs").iterdir()
    }
    assert front["data"]["values"][0]["l0"] == min(v["l0"] for v in points["data"]["values"])


def test_the_pareto_panel_is_in_wandb_with_the_table_of_the_runs(data):
    [compared] = offline_runs(data / "dashboard")
    assert compared.run.job_type == "compare"
    assert compared.logged("runs")[-1]["nrows"] == 2
    assert any("pareto/explained_variance" in row for row in map(str, compared.history))
    assert {f"sae-{name}" for name in names_in(data)} <= set(compared.artifacts(read=True))


def test_the_commands_that_upload_it_are_said(data):
    said = (data / "said").read_text().splitlines()
    synced = [
        word for line in said if line.startswith("wandb sync") for word in shlex.split(line)[2:]
    ]
    written = {str(path) for path in data.rglob("offline-run-*") if path.is_dir()}
    assert {str(data / path) for path in synced} == written
    assert any("python -m interplm.dashboard" in line and "upload=true" in line for line in said)


def test_tensorboard_has_the_same_metrics(data, trained):
    found = EventAccumulator(
        str(run_of(data, "jumprelu") / "tensorboard"), size_guidance={"histograms": 0}
    ).Reload()
    plain = {
        name for row in trained.history for name, value in row.items()
        if isinstance(value, int | float) and name.startswith(("train/", "validation/", AXIS))
    }  # fmt: skip
    assert plain <= set(found.Tags()["scalars"])
    assert set(found.Tags()["histograms"]) == {"validation/log10_density", "validation/threshold"}
    assert [event.step for event in found.Scalars("train/loss")] == list(range(STEPS))


def test_an_interrupted_run_goes_on_in_the_same_run_of_wandb(data):
    folder = run_of(data, "topk")
    first = offline_runs(folder)[0].run.run_id
    (folder / "result.yaml").unlink()
    run("train", *TRAIN, "sae=topk", f"run={folder}", data=data)
    assert [found.run.run_id for found in offline_runs(folder)] == [first, first]


def test_no_other_mode_is_known(data):
    said = refusal("evaluate", f"run={run_of(data, 'jumprelu')}", "wandb=elsewhere", data=data)
    assert said == "wandb must be offline, online or null, got elsewhere."
