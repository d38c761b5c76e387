"""Gradients of thresholds, where the function has a jump and autograd sees none.

The step 1[a > θ] is differentiated as if it were a ramp of width ε around θ, which estimates the
gradient of the expected loss with a rectangle kernel (Rajamanoharan et al. 2024, arXiv:2407.14435,
equations 11 and 12): K(u) = 1[|u| < 1/2], u = (a - θ) / ε.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


def jump_relu(pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """JumpReLU, a · 1[a > θ], with ∂/∂θ = -(θ / ε) K.

    Args:
        pre_activations: a, [n_residues, n_features]; a lower precision than θ's is raised to it.
        threshold: θ ≥ 0, [n_features].
        bandwidth: ε.
    """
    return _JumpReLU.apply(pre_activations.to(threshold.dtype), threshold, bandwidth)


def step(pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """Step, 1[a > θ], with ∂/∂θ = -(1 / ε) K and no gradient into a; see `jump_relu`."""
    return _Step.apply(pre_activations.to(threshold.dtype), threshold, bandwidth)


def _near(pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """K, bool [n_residues, n_features]."""
    return (pre_activations - threshold).abs() < bandwidth / 2


class _JumpReLU(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:  # Any: torch's
        ctx.save_for_backward(a, threshold)
        ctx.bandwidth = bandwidth
        return torch.where(a > threshold, a, 0.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:  # Any: torch's
        (grad,) = grads
        a, threshold = ctx.saved_tensors
        near = torch.where(_near(a, threshold, ctx.bandwidth), grad, 0.0)
        grad_threshold = near.sum(dim=0) * (-threshold / ctx.bandwidth)
        return torch.where(a > threshold, grad, 0.0), grad_threshold, None


class _Step(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:  # Any: torch's
        ctx.save_for_backward(a, threshold)
        ctx.bandwidth = bandwidth
        return (a > threshold).to(a.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor, None]:  # Any: torch's
        (grad,) = grads
        a, threshold = ctx.saved_tensors
        near = torch.where(_near(a, threshold, ctx.bandwidth), grad, 0.0)
        return None, near.sum(dim=0) / -ctx.bandwidth, None
