"""Original InterPLM: fidelity crashed for TopK and JumpReLU, which could not undo their scaling."""

import math

import pytest
import torch
from tests.evaluation.plms import RAGGED, plm, settings
from tests.sae.architectures import SHIPPED, build

from interplm.evaluation import FidelityBenchmark


@pytest.fixture(scope="module")
def model():
    return plm()


@pytest.fixture(scope="module")
def benchmark(model):
    return FidelityBenchmark(plm=model, layer=1, sequences=RAGGED, settings=settings())


@pytest.mark.parametrize("name", SHIPPED)
def test_reconstructions_go_back_to_the_plm_in_its_own_units(name, model, benchmark):
    with torch.inference_mode():
        x = torch.cat(model.activations(RAGGED, [1])[1])
    sae = build(name, d_in=40).eval()
    sae.input_transform.fit_(x.mean(dim=0), x.var(dim=0), centre=True, scaling="rms")
    assert abs(float(sae.input_transform.scale) - 1) > 0.1
    scaled = benchmark.measure(sae).figures()
    without = benchmark.measure(sae.fold_input_transform_()).figures()
    assert all(map(math.isfinite, scaled.values()))
    assert scaled == pytest.approx(without, rel=1e-3, abs=1e-4)
