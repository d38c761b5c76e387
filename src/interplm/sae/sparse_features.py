"""Features of which few fire, kept as the list of those that do."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag


@dataclass(frozen=True)
class SparsePattern:
    """Which features were selected on which residues.

    Attributes:
        columns: int64 [n_selected], the features, residue after residue.
        offsets: int64 [n_residues], where the features of each residue start in `columns`.
        d_sae: number of features.
    """

    columns: Tensor
    offsets: Tensor
    d_sae: int

    @cached_property
    def rows(self) -> Tensor:
        """The residue of every selected feature, int64 [n_selected]."""
        ends = torch.cat([self.offsets[1:], self.offsets.new_tensor([len(self.columns)])])
        residues = torch.arange(len(self.offsets), device=self.columns.device)
        return residues.repeat_interleave(ends - self.offsets, output_size=len(self.columns))

    @cached_property
    def _by_feature(self) -> tuple[Tensor, Tensor]:
        """The order that sorts `columns`, and where each feature starts in it, int64 [d_sae]."""
        counts = self.columns.bincount(minlength=self.d_sae)
        return self.columns.int().argsort(), counts.cumsum(0) - counts

    def weighted_sum(self, weights: Tensor, y: Tensor) -> Tensor:
        """F y, where F [n_residues, d_sae] holds `weights`: [d_sae, n] to [n_residues, n]."""
        return embedding_bag(self.columns, y, self.offsets, mode="sum", per_sample_weights=weights)

    def transposed_weighted_sum(self, weights: Tensor, y: Tensor) -> Tensor:
        """Fᵀ y, where F [n_residues, d_sae] holds `weights`: [n_residues, n] to [d_sae, n]."""
        order, starts = self._by_feature
        return embedding_bag(
            self.rows[order], y, starts, mode="sum", per_sample_weights=weights[order]
        )


@dataclass(frozen=True)
class SparseFeatures:
    """What [n_residues, d_sae] features hold besides zeros.

    Attributes:
        values: [n_selected], not negative; a selected feature may be zero.
        pattern: where they stand.
    """

    values: Tensor
    pattern: SparsePattern

    def to_dense(self) -> Tensor:
        """[n_residues, d_sae]."""
        pattern = self.pattern
        dense = self.values.new_zeros(len(pattern.offsets), pattern.d_sae)
        return dense.index_put((pattern.rows, pattern.columns), self.values)

    def firing_counts(self) -> Tensor:
        """On how many residues each feature fires, int64 [d_sae]."""
        fired = self.pattern.columns[self.values > 0]
        return fired.bincount(minlength=self.pattern.d_sae)

    def between(self, start: int, stop: int) -> Self:
        """Features start..stop-1 alone, numbered from 0."""
        pattern = self.pattern
        inside = (pattern.columns >= start) & (pattern.columns < stop)
        # How many lie inside before each place, and so where each residue starts now.
        n_before = torch.cat([inside.new_zeros(1, dtype=torch.int64), inside.cumsum(0)])
        part = SparsePattern(
            columns=pattern.columns[inside] - start,
            offsets=n_before[pattern.offsets],
            d_sae=stop - start,
        )
        return type(self)(self.values[inside], part)

    def matmul(self, W_dec: Tensor) -> Tensor:
        """Features times W_dec, [d_sae, d_in] to [n_residues, d_in], with exact gradients.

        No gradient is formed for features that were not selected.
        """
        product = self.pattern.weighted_sum(self.values, W_dec.detach())
        return _WithDecoderGradient.apply(product, W_dec, self.values.detach(), self.pattern)


class _WithDecoderGradient(Function):
    """The identity on features @ W_dec, and W_dec's gradient, featuresᵀ @ gradient.

    PyTorch's own gradient of `embedding_bag` to its table takes four times as long.
    """

    @staticmethod
    def forward(  # Any: torch's context
        ctx: Any, product: Tensor, W_dec: Tensor, values: Tensor, pattern: SparsePattern
    ) -> Tensor:
        ctx.save_for_backward(values)
        ctx.pattern = pattern
        return product.view_as(product)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        grad = grad.contiguous()
        to_W_dec = None
        if ctx.needs_input_grad[1]:
            to_W_dec = ctx.pattern.transposed_weighted_sum(*ctx.saved_tensors, grad)
        return grad, to_W_dec, None, None
