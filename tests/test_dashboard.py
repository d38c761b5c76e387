"""A dashboard of runs on two layers."""

import json

import pytest
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, run

from interplm.evaluation import Figure, write_figures


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    for layer in (2, 3):
        folder = data / f"activations/small/layer_{layer}/proteins"
        write_store(folder, [[40] * 20], d_model=6, layer=layer)
    run("train", "--multirun", *FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=2,3",
        "trainer.max_steps=3", "sae=topk", "sae.k=2,4", data=data)  # fmt: skip
    for folder in (data / "runs").iterdir():
        recovered = Figure("loss_recovered_masked", 0.75, "logits", "of masked residues")
        write_figures([recovered], folder / "evaluation.csv")
    run("dashboard", data=data)
    return data


def test_each_layer_has_a_line_of_its_own(data):
    plot = json.loads((data / "dashboard/pareto_explained_variance.json").read_text())
    line = plot["layer"][0]
    assert {value["layer"] for value in line["data"]["values"]} == {2.0, 3.0}
    assert {"field": "layer"} in line["encoding"]["detail"]


def test_what_an_evaluation_measured_has_a_plot_and_a_panel(data):
    plot = json.loads((data / "dashboard/pareto_loss_recovered_masked.json").read_text())
    values = plot["layer"][1]["data"]["values"]
    assert [value["loss_recovered_masked"] for value in values] == [0.75] * 4
    pareto, *_ = yaml.safe_load((data / "dashboard/dashboard.yaml").read_text())["sections"]
    panels = {(panel["x"], panel["y"]) for panel in pareto["panels"]}
    assert ("result/l0", "evaluation/logits/loss_recovered_masked") in panels
