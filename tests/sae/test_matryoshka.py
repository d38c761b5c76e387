import pytest
import torch
from tests.sae.architectures import build, fitted, loss, residues


def test_group_sizes_follow_their_shares():
    assert build("matryoshka", group_fractions=[0.25, 0.25, 0.5]).group_ends == [4, 8, 16]
    shipped = build("matryoshka", d_sae=2560)
    assert shipped.group_ends == [80, 240, 560, 1200, 2560]


def test_shares_that_rounding_disturbs_end_where_they_should():
    assert build("matryoshka", d_sae=10, group_fractions=[0.1, 0.2, 0.7]).group_ends == [1, 3, 10]


def test_loss_is_the_mean_over_nested_dictionaries_each_reconstructing_from_scratch():
    sae = fitted("matryoshka", group_fractions=[0.25, 0.25, 0.5]).double()
    x = residues().double()
    t, features = sae.input_transform(x), sae.encode(x)
    variance = (t - t.mean(0)).pow(2).sum()
    losses = [
        (t - sae.b_dec - features[:, :end] @ sae.W_dec[:end]).pow(2).sum() / variance
        for end in (4, 8, 16)
    ]
    torch.testing.assert_close(loss(sae, x).total, sum(losses) / 3)


def test_one_group_is_a_batchtopk_sae():
    nested, plain = fitted("matryoshka", group_fractions=[1.0]), fitted("batchtopk")
    torch.testing.assert_close(loss(nested, residues()).total, loss(plain, residues()).total)


def test_early_features_are_trained_by_more_reconstructions():
    sae = fitted("matryoshka", group_fractions=[0.5, 0.5]).double()
    x = residues().double()
    loss(sae, x).total.backward()
    t, features = sae.input_transform(x), sae.encode(x).detach()
    variance = (t - t.mean(0)).pow(2).sum()
    whole = t - sae.b_dec - features @ sae.W_dec
    expected = -(features[:, 8:].T @ whole) / variance
    torch.testing.assert_close(sae.W_dec.grad[8:], expected.detach())


@pytest.mark.parametrize("fractions", [[], [0.5, 0.6], [1.5, -0.5]])
def test_shares_that_do_not_add_up_are_refused(fractions):
    with pytest.raises(Exception, match=r"sae.group_fractions must be positive numbers that add"):
        build("matryoshka", group_fractions=fractions)


def test_a_group_without_features_is_refused():
    with pytest.raises(Exception, match=r"leave a group without features at d_sae=16"):
        build("matryoshka", group_fractions=[0.01, 0.01, 0.98])
