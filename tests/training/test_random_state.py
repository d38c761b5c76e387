import torch

from interplm.training.random_state import random_state, restore_random_state


def test_numbers_after_restoring_are_those_after_saving():
    torch.manual_seed(3)
    torch.rand(5)
    state = random_state()
    first = torch.rand(4)
    torch.manual_seed(8)
    restore_random_state(state)
    assert torch.equal(torch.rand(4), first)


def test_another_number_of_gpus_is_no_hindrance():
    state = random_state() | {"cuda": [torch.zeros(16, dtype=torch.uint8)] * 64}
    restore_random_state(state)
