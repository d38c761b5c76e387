"""SAEs of other toolkits as their files hold them: random tensors, and each toolkit's formula.

The formulas are written from the toolkits' definitions, not from our classes.
"""

import torch
from torch import Tensor

D_IN, D_SAE, K = 6, 16, 3
TOLERANCE = 1e-6


def random_generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def residues(n: int = 200) -> Tensor:
    return torch.randn(n, D_IN, generator=random_generator(7)) + 0.3


def linear_state(*, unit_decoder: bool = True, seed: int = 0) -> dict[str, Tensor]:
    """`encoder` with a bias and `decoder` without, as torch.nn.Linear keeps them."""
    generator = random_generator(seed)
    decoder = torch.randn(D_IN, D_SAE, generator=generator)
    if unit_decoder:
        decoder = decoder / decoder.norm(dim=0)
    return {
        "encoder.weight": torch.randn(D_SAE, D_IN, generator=generator) / 2,
        "encoder.bias": torch.randn(D_SAE, generator=generator) / 4,
        "decoder.weight": decoder,
    }


def matrix_state(*, unit_decoder: bool = True) -> dict[str, Tensor]:
    """W_enc [d_in, d_sae] and its like."""
    linear = linear_state(unit_decoder=unit_decoder, seed=1)
    return {
        "W_enc": linear["encoder.weight"].T.contiguous(),
        "b_enc": linear["encoder.bias"],
        "W_dec": linear["decoder.weight"].T.contiguous(),
        "b_dec": vector(D_IN, seed=3),
    }


def vector(n: int, seed: int, *, positive: bool = False) -> Tensor:
    values = torch.randn(n, generator=random_generator(seed)) / 2
    return values.abs() + 0.5 if positive else values


def top_k(values: Tensor, k: int = K) -> Tensor:
    """All but the k largest of every row set to zero, one row at a time."""
    kept = torch.zeros_like(values)
    for row, found in zip(values, kept, strict=True):
        for place in row.argsort(descending=True)[:k]:
            found[place] = row[place]
    return kept


def jump(values: Tensor, threshold: Tensor) -> Tensor:
    """ReLU(a · 1[a > θ])."""
    return (values * (values > threshold)).clamp_min(0)


def standardised(x: Tensor, *, eps: float = 1e-5) -> tuple[Tensor, Tensor, Tensor]:
    """LN of InterProt and its kin, one residue at a time: and its deviations and means."""
    rows = []
    for row in x.double():
        mean = row.sum() / len(row)
        deviation = ((row - mean).square().sum() / (len(row) - 1)).sqrt()
        rows.append(((row - mean) / (deviation + eps), deviation, mean))
    t, deviation, mean = (torch.stack(part).float() for part in zip(*rows, strict=True))
    return t, deviation[:, None], mean[:, None]


def assert_same(found, features: Tensor, reconstruction: Tensor, x: Tensor | None = None) -> None:
    """What an SAE computes is what the toolkit does, to 1e-6 and on features that do fire."""
    x = residues() if x is None else x
    assert 0.05 < (features > 0).float().mean() < 0.95
    with torch.no_grad():
        torch.testing.assert_close(found.encode(x), features, atol=TOLERANCE, rtol=TOLERANCE)
        torch.testing.assert_close(
            found(x).reconstruction, reconstruction, atol=5 * TOLERANCE, rtol=TOLERANCE
        )
