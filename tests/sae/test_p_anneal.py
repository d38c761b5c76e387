import pytest
import torch
from tests.sae.architectures import build, fitted, loss, residues


def test_p_falls_linearly_from_one_after_its_start():
    sae = build("p_anneal", p_end=0.2, anneal_start=0.2)
    assert [sae.p(progress) for progress in (0.0, 0.2)] == [1.0, 1.0]
    assert sae.p(0.6) == pytest.approx(0.6)
    assert sae.p(1.0) == pytest.approx(0.2)


def test_the_penalty_has_the_size_of_l1_at_every_p():
    sae, x = fitted("p_anneal", sparsity_coefficient=0.5), residues()
    l1 = 0.5 * sae.encode(x).sum(1).mean()
    for progress in (0.0, 0.5, 0.9, 1.0):
        torch.testing.assert_close(loss(sae, x, progress=progress).terms["lp"], l1)


def test_the_gradient_is_that_of_the_rescaled_lp_norm():
    sae, x = fitted("p_anneal", sparsity_coefficient=0.5, p_end=0.5).double(), residues().double()
    output = sae(x)
    found = loss(sae, x, output, progress=1.0).total - loss(sae, x, output, progress=0.0).total
    (gradient,) = torch.autograd.grad(found, output.features)
    f = output.features.detach()
    eps = 1e-3
    ratio = f.sum() / ((f + eps).sqrt() - eps**0.5).sum()
    expected = 0.5 * (ratio * 0.5 / (f + eps).sqrt() - 1) / len(x)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("p_end", [0.0, 1.1])
def test_an_exponent_out_of_range_is_refused(p_end):
    with pytest.raises(Exception, match=r"sae.p_end must be above 0 and at most 1"):
        build("p_anneal", p_end=p_end)


def test_a_start_at_the_end_is_refused():
    with pytest.raises(Exception, match=r"sae.anneal_start must be at least 0 and below 1"):
        build("p_anneal", anneal_start=1.0)
