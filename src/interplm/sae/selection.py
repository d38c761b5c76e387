"""SAEs that select few features, computed without a dense [n_residues, d_sae] matrix."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from interplm.sae.base import SparseAutoencoder
from interplm.sae.output import SAEOutput
from interplm.sae.sparse_features import SparseFeatures, SparsePattern

Kernel = Literal["auto", "sparse", "dense"]

# Pre-activations are computed for so many residues at a time, in memory that is used again: new
# memory for all of them would cost as much as selecting from them. Measured for 256 to 4096.
_ROWS = 1024
# On the CPU the sparse kernel is faster from this many features for each that fires:
# experiments/topk_speed/README.md has the table.
_FEATURES_PER_FIRING = 8


@dataclass(frozen=True)
class PreActivationChunks:
    """The pre-activations of a batch, some residues at a time, computed when iterated over.

    A chunk is [n, d_sae]; its memory is overwritten by the next. Iterating again computes again.
    """

    centred: Tensor
    W_enc: Tensor
    b_enc: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        n_residues, d_sae = len(self.centred), len(self.b_enc)
        memory = self.centred.new_empty(min(_ROWS, n_residues), d_sae)
        for rows in self.centred.split(_ROWS):
            yield torch.addmm(self.b_enc, rows, self.W_enc, out=memory[: len(rows)])


class SelectingSAE(SparseAutoencoder):
    """An SAE in which a selection of pre-activations fires, each with its own value.

    The sparse kernel needs one dense product, the pre-activations, where the dense kernel needs
    six: decoding and all gradients touch the selected features only, and are the same but for
    rounding. `kernel` "auto" takes the sparse one where experiments/topk_speed measured it to be
    faster: on the CPU, in full precision, for small shares of firing features. "sparse" takes it
    everywhere, and computes in full precision under autocast too.
    """

    features_compete = True

    def __init__(self, *, d_in: int, d_sae: int, k: int, kernel: Kernel) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        if not 0 < k <= d_sae:
            raise ValueError(f"sae.k must be in 1..d_sae={d_sae}, got {k}.")
        if kernel not in get_args(Kernel):
            raise ValueError(f"sae.kernel must be auto, sparse or dense, got {kernel!r}.")
        self.k = k
        self.kernel: Kernel = kernel

    @abstractmethod
    def select(self, chunks: PreActivationChunks) -> SparseFeatures:
        """The same selection as `activate` makes, without gradient."""

    def is_sparse(self, x: Tensor) -> bool:
        """Whether the sparse kernel computes the features of [n_residues, d_in] activations."""
        if self.kernel != "auto":
            return self.kernel == "sparse"
        if x.device.type != "cpu" or torch.is_autocast_enabled("cpu"):
            return False
        return self.d_sae >= _FEATURES_PER_FIRING * self.k

    def encode(self, x: Tensor) -> Tensor:
        """See the base class."""
        return self._select(x).to_dense() if self.is_sparse(x) else super().encode(x)

    def forward(self, x: Tensor) -> SAEOutput:
        """Encode and decode; the sparse kernel computes pre-activations again if asked for."""
        if not self.is_sparse(x):
            return super().forward(x)
        features = self._select(x)
        reconstruction = self.input_transform.inverse(features.matmul(self.W_dec) + self.b_dec, x)
        return SAEOutput(reconstruction, features, lambda: self.pre_activations(x))

    def _select(self, x: Tensor) -> SparseFeatures:
        t = self.input_transform(x)
        with torch.no_grad():
            centred = t - self.b_dec
            selected = self.select(PreActivationChunks(centred, self.W_enc, self.b_enc))
        values = _WithEncoderGradient.apply(
            selected.values, t, self.b_dec, self.W_enc, self.b_enc, centred, selected.pattern
        )
        return SparseFeatures(values, selected.pattern)


class _WithEncoderGradient(Function):
    """The identity on values = ReLU((t - b_dec) W_enc + b_enc) where selected, and its gradient."""

    @staticmethod
    def forward(  # Any: torch's context
        ctx: Any,
        values: Tensor,
        t: Tensor,
        b_dec: Tensor,
        W_enc: Tensor,
        b_enc: Tensor,
        centred: Tensor,
        pattern: SparsePattern,
    ) -> Tensor:
        ctx.save_for_backward(values, W_enc, centred)
        ctx.pattern = pattern
        return values.view_as(values)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # Any: torch's context
        values, W_enc, centred = ctx.saved_tensors
        pattern: SparsePattern = ctx.pattern
        grad = torch.where(values > 0, grad, 0.0)
        to_W_enc = pattern.transposed_weighted_sum(grad, centred).T
        to_b_enc = torch.zeros_like(W_enc[0]).index_add(0, pattern.columns, grad)
        # The sum over residues comes before the product: a vector instead of a matrix.
        to_b_dec = -(W_enc @ to_b_enc)
        to_t = None
        if ctx.needs_input_grad[1]:
            to_t = pattern.weighted_sum(grad, W_enc.T.contiguous())
        return None, to_t, to_b_dec, to_W_enc, to_b_enc, None, None
