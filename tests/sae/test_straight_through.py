import torch
from torch import Tensor

from interplm.sae.straight_through import jump_relu, step

BANDWIDTH = 0.4
GENERATOR = torch.Generator().manual_seed(0)
PRE = torch.rand(50, 7, generator=GENERATOR, dtype=torch.float64) * 2 - 0.5
GRAD = torch.randn(50, 7, generator=GENERATOR, dtype=torch.float64)
THRESHOLD = torch.linspace(0.1, 1.0, 7, dtype=torch.float64)


def ramp(pre: Tensor, threshold: Tensor) -> Tensor:
    """The step, smoothed over the bandwidth: the distribution function of the rectangle kernel."""
    return ((pre - threshold) / BANDWIDTH + 0.5).clamp(0, 1)


def numerical(objective, threshold: Tensor) -> Tensor:
    """Central differences, one threshold at a time."""
    gradient = torch.zeros_like(threshold)
    for i in range(len(threshold)):
        shift = torch.zeros_like(threshold)
        shift[i] = 1e-7
        gradient[i] = (objective(threshold + shift) - objective(threshold - shift)) / 2e-7
    return gradient


def gradients(function) -> tuple[Tensor | None, Tensor]:
    pre, threshold = PRE.clone().requires_grad_(), THRESHOLD.clone().requires_grad_()
    (function(pre, threshold, BANDWIDTH) * GRAD).sum().backward()
    return pre.grad, threshold.grad


def test_values_jump_at_the_threshold():
    pre, threshold = torch.tensor([[0.4, 0.5, 0.6, -1.0]]), torch.full((4,), 0.5)
    assert torch.equal(jump_relu(pre, threshold, 0.1), torch.tensor([[0.0, 0.0, 0.6, 0.0]]))
    assert torch.equal(step(pre, threshold, 0.1), torch.tensor([[0.0, 0.0, 1.0, 0.0]]))


def test_the_step_s_gradient_is_that_of_the_smoothed_step():
    to_pre, to_threshold = gradients(step)
    assert to_pre is None
    expected = numerical(lambda threshold: (ramp(PRE, threshold) * GRAD).sum(), THRESHOLD)
    torch.testing.assert_close(to_threshold, expected, rtol=1e-6, atol=1e-6)
    assert to_threshold.all()


def test_jump_relu_s_gradient_is_the_threshold_times_that_of_the_smoothed_step():
    to_pre, to_threshold = gradients(jump_relu)
    assert torch.equal(to_pre, torch.where(PRE > THRESHOLD, GRAD, 0.0))
    expected = numerical(
        lambda threshold: (THRESHOLD * ramp(PRE, threshold) * GRAD).sum(), THRESHOLD
    )
    torch.testing.assert_close(to_threshold, expected, rtol=1e-6, atol=1e-6)


def test_the_estimate_approaches_the_gradient_of_the_expected_l0():
    # 1[a > θ] of uniform a in 0..1 is expected to be 1 - θ, of slope -1.
    pre = torch.rand(200_000, 1, generator=GENERATOR)
    threshold = torch.tensor([0.6], requires_grad=True)
    step(pre, threshold, 0.1).mean().backward()
    torch.testing.assert_close(threshold.grad, torch.tensor([-1.0]), rtol=0.02, atol=0)


def test_a_lower_precision_is_compared_in_that_of_the_threshold():
    pre = torch.tensor([[1.0]], dtype=torch.bfloat16)
    threshold = torch.tensor([1.0 - 1e-4])  # rounds to 1 in bfloat16
    assert step(pre, threshold, 0.1).item() == 1.0
    assert jump_relu(pre, threshold, 0.1).dtype == torch.float32
