import pytest
import torch
from torch import nn

from interplm.errors import UserError
from interplm.plms.controls import controlled


def linear():
    return nn.Linear(4, 4)


def of(control, seed=0, read=lambda: (linear(), "trained")):
    return controlled(control, seed=seed, read=read, untrained=linear)


def test_without_a_control_the_trained_network_keeps_its_identity():
    network = linear()
    assert of(None, read=lambda: (network, "trained")) == (network, "trained")


def test_untrained_weights_follow_their_seed_and_read_nothing():
    def unread():
        raise AssertionError("the checkpoint was read")

    torch.manual_seed(7)
    state = torch.get_rng_state()
    made = [of("untrained", seed, unread) for seed in (1, 1, 2)]
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(made[0][0].weight, made[1][0].weight)
    assert made[0][1] == made[1][1] != made[2][1]


def test_shuffled_weights_keep_every_tensor_s_values():
    network = linear()
    before = network.weight.detach().clone()
    shuffled, _ = of("shuffled", read=lambda: (network, "trained"))
    assert not torch.equal(shuffled.weight, before)
    assert torch.equal(shuffled.weight.flatten().sort()[0], before.flatten().sort()[0])


def test_another_control_is_refused():
    with pytest.raises(UserError, match="must be null, untrained or shuffled, got 'random'"):
        of("random")
