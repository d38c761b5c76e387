import pytest
import torch

from interplm.sae import InputTransform

X = torch.tensor([[1.0, 10.0], [3.0, 14.0]])
MEAN, VARIANCE = X.mean(dim=0), X.var(dim=0, correction=0)


def test_unfitted_transform_is_the_identity():
    assert torch.equal(InputTransform(2)(X), X)


def test_centring_removes_the_mean():
    transform = InputTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=True, scaling="none")
    assert torch.equal(transform(X), torch.tensor([[-1.0, -2.0], [1.0, 2.0]]))


@pytest.mark.parametrize("centre", [True, False])
def test_rms_scaling_gives_a_mean_squared_norm_of_the_width(centre):
    transform = InputTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=centre, scaling="rms")
    torch.testing.assert_close(transform(X).square().sum(dim=1).mean(), torch.tensor(2.0))


def test_inverse_undoes_it():
    transform = InputTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=True, scaling="rms")
    torch.testing.assert_close(transform.inverse(transform(X)), X)


def test_activations_that_do_not_vary_keep_scale_one():
    transform = InputTransform(2)
    transform.fit_(MEAN, torch.zeros(2), centre=True, scaling="rms")
    assert transform.scale == 1


def test_an_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="must be none or rms, got 'unit'"):
        InputTransform(2).fit_(MEAN, VARIANCE, centre=True, scaling="unit")
