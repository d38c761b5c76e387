import math

import pytest
import torch

from interplm.evaluation.losses import Losses, loss_sums

GENERATOR = torch.Generator().manual_seed(0)
LOG_PROBS = torch.randn(7, 4, generator=GENERATOR).log_softmax(-1)
ORIGINAL = torch.randn(7, 4, generator=GENERATOR).log_softmax(-1)
TARGETS = torch.tensor([0, 3, 1, 1, 2, 0, 3])
SEQUENCE_OF = torch.tensor([0, 0, 0, 0, 1, 1, 2])


def test_sums_give_the_means_of_the_definitions():
    losses = [-row[target] for row, target in zip(LOG_PROBS.tolist(), TARGETS, strict=True)]
    kl = [
        sum(math.exp(p) * (p - q) for p, q in zip(before, after, strict=True))
        for before, after in zip(ORIGINAL.tolist(), LOG_PROBS.tolist(), strict=True)
    ]
    found = Losses.from_sums(loss_sums(LOG_PROBS, ORIGINAL, TARGETS, SEQUENCE_OF, 3))
    assert found.cross_entropy == pytest.approx(sum(losses) / 7)
    by_sequence = [sum(losses[:4]) / 4, sum(losses[4:6]) / 2, losses[6]]
    assert found.cross_entropy_per_sequence == pytest.approx(sum(by_sequence) / 3)
    assert found.kl == pytest.approx(sum(kl) / 7, rel=1e-5)


def test_sums_of_batches_add_up():
    whole = loss_sums(LOG_PROBS, ORIGINAL, TARGETS, SEQUENCE_OF, 3)
    parts = [
        loss_sums(LOG_PROBS[part], ORIGINAL[part], TARGETS[part], sequence_of, n)
        for part, sequence_of, n in (
            (slice(0, 4), SEQUENCE_OF[:4], 1),
            (slice(4, 7), SEQUENCE_OF[4:] - 1, 2),
        )
    ]
    torch.testing.assert_close(sum(parts), whole, rtol=1e-6, atol=1e-7)


def test_kl_from_itself_is_zero():
    assert Losses.from_sums(loss_sums(ORIGINAL, ORIGINAL, TARGETS, SEQUENCE_OF, 3)).kl == 0


def test_no_residue_gives_nan():
    assert math.isnan(Losses.from_sums(torch.zeros(5)).cross_entropy)
