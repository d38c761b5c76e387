import math
from functools import partial

import pytest
import torch

from interplm.training.schedules import (
    SparsityWarmup,
    half,
    lr_law,
    warmup,
    warmup_decay,
    warmup_decay_lr,
)


def test_warmup_rises_in_equal_steps_and_its_first_is_not_zero():
    assert [warmup(step, n_warmup_steps=4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_no_warmup_starts_at_one():
    assert warmup(0, n_warmup_steps=0) == 1


linear = partial(warmup_decay, decay="linear")


def test_decay_ends_at_zero_after_the_last_step():
    values = [linear(step, n_steps=10, n_warmup_steps=2, n_decay_steps=4) for step in range(11)]
    assert values == [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]


def test_without_decay_the_rate_stays():
    assert linear(9, n_steps=10, n_warmup_steps=0, n_decay_steps=0) == 1


def test_a_cosine_decay_is_half_a_wave_between_the_same_ends():
    values = [
        warmup_decay(step, n_steps=10, n_warmup_steps=0, n_decay_steps=4, decay="cosine")
        for step in (0, 6, 7, 8, 9, 10)
    ]
    half = 2**-0.5
    assert values == pytest.approx([1, 1, (1 + half) / 2, 0.5, (1 - half) / 2, 0])


def test_a_decay_of_another_shape_is_refused():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    with pytest.raises(ValueError, match=r"scheduler.decay must be linear or cosine, got 'step'"):
        warmup_decay_lr(
            optimizer, n_steps=10, warmup_fraction=0.2, decay_fraction=0.4, decay="step"
        )


def test_a_sparsity_schedule_without_warmup_is_constant():
    assert {SparsityWarmup(n_steps=9, warmup_fraction=0.0)(step) for step in range(9)} == {1.0}


def test_the_sparsity_schedule_takes_a_share_of_the_steps():
    schedule = SparsityWarmup(n_steps=100, warmup_fraction=0.05)
    assert [schedule(step) for step in (0, 4, 99)] == [0.2, 1, 1]


def test_the_optimiser_s_rate_follows_the_schedule():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = warmup_decay_lr(
        optimizer, n_steps=10, warmup_fraction=0.2, decay_fraction=0.4, decay="linear"
    )
    rates = []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == [0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.375, 0.25, 0.125]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_steps": -1, "warmup_fraction": 0.1}, "trainer.max_steps must be at least 1, got -1"),
        (
            {"n_steps": 10, "warmup_fraction": 1.5},
            r"^model.sparsity_schedule.warmup_fraction must be in 0..1, got 1.5",
        ),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SparsityWarmup(**settings)


def test_the_learning_rate_law():
    assert lr_law(2**14, 768) == pytest.approx(2e-4)
    assert lr_law(2**12, 768) == pytest.approx(4e-4)
    assert lr_law(10_240, 768) == pytest.approx(2e-4 / math.sqrt(0.625))
    assert lr_law(2**14, 192) == pytest.approx(4e-4)


def test_what_follows_from_a_width_is_not_known_before_it():
    assert lr_law(2**14, None) is None
    assert (half(7), half(None)) == (3, None)
