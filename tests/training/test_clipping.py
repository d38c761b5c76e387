from functools import partial

import pytest
import torch
from lightning.pytorch.plugins.precision import MixedPrecision
from tests.training.runs import data, module, trainer

from interplm.training.clipping import clip_gradients


def scaled(scale):
    """The precision of 16-mixed, which Lightning's Trainer does not offer on the CPU."""
    return MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=scale))


def with_gradients(fused, *, factor=1.0):
    """An optimiser of two parameters whose gradients have the norms 3 and 4, times a factor."""
    parameters = [torch.nn.Parameter(torch.zeros(9)), torch.nn.Parameter(torch.zeros(4))]
    for parameter, norm in zip(parameters, (3.0, 4.0), strict=True):
        parameter.grad = torch.ones_like(parameter) * norm / len(parameter) ** 0.5 * factor
    return torch.optim.SGD(parameters, lr=1.0, fused=fused), parameters


def norms(parameters):
    return [pytest.approx(float(parameter.grad.norm()), rel=1e-5) for parameter in parameters]


@pytest.mark.parametrize("fused", [True, False])
def test_the_norm_of_all_gradients_is_clipped_in_bfloat16(fused):
    optimizer, parameters = with_gradients(fused)
    precision = MixedPrecision("bf16-mixed", "cpu")
    clip_gradients(precision, optimizer, value=1.0, algorithm=None)
    assert norms(parameters) == [0.6, 0.8]


@pytest.mark.parametrize(("algorithm", "first"), [("norm", 0.6), ("value", 3.0)])
def test_scaled_gradients_of_a_fused_optimiser_are_clipped_unscaled_and_stepped_once(
    algorithm, first
):
    optimizer, parameters = with_gradients(True, factor=1024.0)
    precision = scaled(1024.0)
    precision.scaler.scale(torch.zeros(()))  # which sets the scale up
    clip_gradients(precision, optimizer, value=1.0, algorithm=algorithm)
    assert norms(parameters)[0] == first
    precision.scaler.step(optimizer)
    step = [float(parameter.detach().norm()) for parameter in parameters]
    assert step == norms(parameters)


def test_a_step_whose_gradients_overflowed_is_left_out():
    optimizer, parameters = with_gradients(True)
    parameters[0].grad[0] = torch.inf
    precision = scaled(2.0)
    precision.scaler.scale(torch.zeros(()))
    clip_gradients(precision, optimizer, value=1.0, algorithm="norm")
    precision.scaler.step(optimizer)
    precision.scaler.update()
    assert all(torch.equal(parameter, torch.zeros_like(parameter)) for parameter in parameters)
    assert precision.scaler.get_scale() == 1.0


@pytest.mark.parametrize("value", [None, 0.0])
def test_without_a_limit_nothing_is_clipped(value):
    optimizer, parameters = with_gradients(True)
    clip_gradients(MixedPrecision("bf16-mixed", "cpu"), optimizer, value=value, algorithm=None)
    assert norms(parameters) == [3.0, 4.0]


@pytest.mark.parametrize(
    "make", [partial(MixedPrecision, "bf16-mixed", "cpu"), partial(scaled, 2.0**10)]
)
def test_a_fused_optimiser_trains_in_mixed_precision_as_an_unfused_one_does(tmp_path, make):
    trained = []
    for fused in (True, False):
        torch.manual_seed(0)
        made = module("topk", n_steps=30)
        made._make_optimizer = partial(torch.optim.Adam, lr=1e-2, fused=fused)
        fitted = trainer(tmp_path, n_steps=30, plugins=[make()], gradient_clip_val=0.05)
        fitted.fit(made, datamodule=data(tmp_path / "store"))
        assert fitted.global_step == 30
        trained.append(made.sae)
    one, other = (dict(sae.named_parameters()) for sae in trained)
    for name, weight in one.items():
        torch.testing.assert_close(weight, other[name], atol=1e-4, rtol=1e-3, msg=name)
