"""A linear probe for each concept: what a layer holds for a detector that is told the truth."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from interplm.concepts.table import ConceptTable
from interplm.features.encoding.located import LocatedProteins

_BATCH = 32_768


class LinearProbe(nn.Module):
    """features = max(σ(x W + b) - prevalence, 0), one for each concept.

    Args:
        weight: [d_in, n_concepts].
        bias: [n_concepts].
        prevalence: of each concept where the probe was fitted, [n_concepts]; residues less likely
            to carry it than any residue count as silent, which keeps features sparse.
    """

    weight: Tensor
    bias: Tensor
    prevalence: Tensor

    def __init__(self, *, weight: Tensor, bias: Tensor, prevalence: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("prevalence", prevalence)
        self.d_sae = weight.shape[1]

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to [n_residues, n_concepts]."""
        return (torch.addmm(self.bias, x, self.weight).sigmoid() - self.prevalence).relu()


def fit_linear_probe(
    located: LocatedProteins,
    table: ConceptTable,
    *,
    n_residues: int,
    n_iterations: int,
    weight_decay: float,
    seed: int,
    device: torch.device | str,
) -> LinearProbe:
    """Logistic regressions of all concepts on the residues of some proteins, by L-BFGS.

    Args:
        located: the proteins, validation ones.
        table: of the concepts.
        n_residues: at most so many, of proteins drawn at random.
        n_iterations: of L-BFGS.
        weight_decay: times half the squared norm of the weights of standardised activations.
        seed: of the draw.
        device: on which to fit.
    """
    chosen = _drawn(located, n_residues, seed)
    x, y = _residues(located.only(chosen), table)
    x, y = x.to(device), y.to(device)
    mean, deviation = x.mean(dim=0), x.std(dim=0).clamp_min(1e-6)
    x = (x - mean) / deviation
    weight = torch.zeros(x.shape[1], y.shape[1], device=device, requires_grad=True)
    prevalence = y.float().mean(dim=0).clamp(1e-6, 1 - 1e-6)
    bias = prevalence.logit().requires_grad_()
    _minimise(x, y, weight, bias, n_iterations, weight_decay)
    weight, bias = weight.detach() / deviation[:, None], bias.detach()
    return LinearProbe(weight=weight, bias=bias - mean @ weight, prevalence=prevalence)


def _minimise(
    x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, n_iterations: int, weight_decay: float
) -> None:
    """Mean binary cross-entropy, summed over concepts, and weight decay; in place."""
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=n_iterations, line_search_fn="strong_wolfe"
    )
    bar = tqdm(unit="evaluation", desc="linear probe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), device=x.device)
        # In parts, so that the logits of all residues never exist at once.
        for rows, labels in zip(x.split(_BATCH), y.split(_BATCH), strict=True):
            logits = torch.addmm(bias, rows, weight)
            loss = nn.functional.binary_cross_entropy_with_logits(
                logits, labels.float(), reduction="sum"
            )
            (loss / len(x)).backward()
            total += loss.detach() / len(x)
        penalty = weight_decay / 2 * weight.square().sum()
        penalty.backward()
        bar.update()
        return total + penalty.detach()

    with bar, torch.enable_grad():
        optimizer.step(closure)


def _drawn(located: LocatedProteins, n_residues: int, seed: int) -> NDArray[np.bool_]:
    """Proteins drawn at random until they have so many residues, as a mask of the table's."""
    members = np.flatnonzero(located.is_located)
    order = np.random.default_rng(seed).permutation(members)
    enough = int(np.searchsorted(np.cumsum(located.lengths[order]), n_residues)) + 1
    chosen = np.zeros(len(located.lengths), np.bool_)
    chosen[order[:enough]] = True
    return chosen


def _residues(located: LocatedProteins, table: ConceptTable) -> tuple[Tensor, Tensor]:
    """Activations [n, d_in] and concepts, bool [n, n_concepts], of all residues."""
    rows, labels = [], []
    for block in located.blocks():
        rows.append(torch.from_numpy(block.rows).float())
        labels.append(torch.from_numpy(table.labels(block.proteins)))
    return torch.cat(rows), torch.cat(labels)
