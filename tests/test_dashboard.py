"""A dashboard of runs on two layers."""

import json

import pytest
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, run


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    for layer in (2, 3):
        folder = data / f"activations/small/layer_{layer}/proteins"
        write_store(folder, [[40] * 20], d_model=6, layer=layer)
    run("train", "--multirun", *FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=2,3",
        "trainer.max_steps=3", "sae=topk", "sae.k=2,4", data=data)  # fmt: skip
    run("dashboard", data=data)
    return data


def test_each_layer_has_a_line_of_its_own(data):
    plot = json.loads((data / "dashboard/pareto_explained_variance.json").read_text())
    line = plot["layer"][0]
    assert {value["layer"] for value in line["data"]["values"]} == {2.0, 3.0}
    assert {"field": "layer"} in line["encoding"]["detail"]
