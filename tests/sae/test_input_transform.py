import pytest
import torch
from tests.sae.architectures import D_IN, SHIPPED, fitted, loss, residues

from interplm.sae import (
    AffineTransform,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
)

X = torch.tensor([[1.0, 10.0], [3.0, 14.0]])
MEAN, VARIANCE = X.mean(dim=0), X.var(dim=0, correction=0)


def test_unfitted_transform_is_the_identity():
    assert torch.equal(AffineTransform(2)(X), X)


def test_centring_removes_the_mean():
    transform = AffineTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=True, scaling="none")
    assert torch.equal(transform(X), torch.tensor([[-1.0, -2.0], [1.0, 2.0]]))


@pytest.mark.parametrize("centre", [True, False])
def test_rms_scaling_gives_a_mean_squared_norm_of_the_width(centre):
    transform = AffineTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=centre, scaling="rms")
    torch.testing.assert_close(transform(X).square().sum(dim=1).mean(), torch.tensor(2.0))


def test_inverse_undoes_it():
    transform = AffineTransform(2)
    transform.fit_(MEAN, VARIANCE, centre=True, scaling="rms")
    torch.testing.assert_close(transform.inverse(transform(X)), X)


def test_activations_that_do_not_vary_keep_scale_one():
    transform = AffineTransform(2)
    transform.fit_(MEAN, torch.zeros(2), centre=True, scaling="rms")
    assert transform.scale == 1


def test_an_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="must be none or rms, got 'unit'"):
        AffineTransform(2).fit_(MEAN, VARIANCE, centre=True, scaling="unit")


@pytest.mark.parametrize("name", SHIPPED)
def test_features_and_loss_do_not_depend_on_the_plm_s_units(name):
    sae, x = fitted(name).double(), residues().double()
    output, before = sae(x), loss(sae, x)
    sae.input_transform.mean.mul_(7).add_(3)
    sae.input_transform.scale.mul_(7)
    in_other_units = sae(7 * x + 3)
    torch.testing.assert_close(in_other_units.features, output.features)
    torch.testing.assert_close(in_other_units.reconstruction, 7 * output.reconstruction + 3)
    torch.testing.assert_close(loss(sae, 7 * x + 3).total, before.total)


@pytest.mark.parametrize(("correction", "divisor"), [(1, D_IN - 1), (0, D_IN)])
def test_standardisation_is_that_of_each_residue_s_entries(correction, divisor):
    transform = ResidueStandardisation(D_IN, eps=0.5, correction=correction, undone=True)
    for row, found in zip(residues(9).tolist(), transform(residues(9)).tolist(), strict=True):
        mean = sum(row) / D_IN
        deviation = (sum((entry - mean) ** 2 for entry in row) / divisor) ** 0.5
        assert found == pytest.approx([(entry - mean) / (deviation + 0.5) for entry in row], 1e-5)


def test_standardised_features_do_not_depend_on_a_residue_s_own_offset_and_size():
    sae, x = fitted("topk, standardised").double(), residues().double()
    output = sae(x)
    size, offset = torch.linspace(1, 9, len(x))[:, None], torch.linspace(-5, 5, len(x))[:, None]
    changed = sae(size * x + offset)
    torch.testing.assert_close(changed.features, output.features, atol=1e-4, rtol=1e-4)
    expected = size * output.reconstruction + offset
    torch.testing.assert_close(changed.reconstruction, expected, atol=1e-3, rtol=1e-4)


def test_standardisation_is_undone_by_the_deviation_alone():
    transform, x = ResidueStandardisation(D_IN, eps=1e-5, correction=1, undone=True), residues()
    expected = 2 * x.std(dim=1, keepdim=True) + x.mean(dim=1, keepdim=True)
    torch.testing.assert_close(transform.inverse(torch.full_like(x, 2.0), x), expected.expand_as(x))


def test_a_residue_whose_entries_are_all_alike_is_standardised_to_zero():
    transform = ResidueStandardisation(D_IN, eps=1e-5, correction=1, undone=True)
    x = torch.full((1, D_IN), 3.0)
    assert not transform(x).any()
    reconstruction = transform.inverse(torch.ones(1, D_IN), x)
    assert torch.equal(reconstruction, x)
    assert not transform.error(x, reconstruction).any()


def test_normalisation_gives_every_residue_one_length_about_the_centre():
    transform, x = ResidueNormalisation(D_IN, norm=2.5, undone=True), residues()
    transform.centre.copy_(x.mean(dim=0))
    torch.testing.assert_close(transform(x).norm(dim=1), torch.full((len(x),), 2.5))
    directions = torch.cosine_similarity(transform(x), x - x.mean(dim=0))
    torch.testing.assert_close(directions, torch.ones(len(x)))
    torch.testing.assert_close(transform.inverse(transform(x), x), x)
    assert not transform(transform.centre[None]).any()


def test_what_is_not_undone_stays_as_the_decoder_gave_it():
    y, x = residues(seed=4), residues()
    standardised = ResidueStandardisation(D_IN, eps=0, correction=1, undone=False)
    assert torch.equal(standardised.inverse(y), y)
    assert torch.equal(standardised.target(x), x)
    one_length = ResidueNormalisation(D_IN, norm=1, undone=False)
    one_length.centre.fill_(2)
    assert torch.equal(one_length.inverse(y), y + 2)
    assert torch.equal(one_length.target(x), x - 2)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="eps of at least 0 and a correction of 0 or 1, got -1"):
        ResidueStandardisation(2, eps=-1, correction=1, undone=True)
    with pytest.raises(ValueError, match=r"correction of 0 or 1, got 0\.5 and 2"):
        ResidueStandardisation(2, eps=0.5, correction=2, undone=True)
    with pytest.raises(ValueError, match="norm must be above 0, got 0"):
        ResidueNormalisation(2, norm=0, undone=True)


def test_kinds_are_made_again_from_their_settings():
    for transform in (AffineTransform(2), ResidueNormalisation(2, norm=3, undone=False)):
        again = InputTransform.of_kind(transform.kind, 2, transform.settings())
        assert type(again) is type(transform)
        assert again.settings() == transform.settings()
