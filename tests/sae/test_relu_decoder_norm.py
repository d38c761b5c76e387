import torch
from tests.sae.architectures import fitted, loss, residues


def test_loss_is_squared_error_plus_decoder_weighted_l1():
    sae, x = fitted("relu_decoder_norm", l1_coefficient=0.7), residues()
    t, features = sae.input_transform(x), sae.encode(x)
    error = t - (features @ sae.W_dec + sae.b_dec)
    expected = 0.0
    for row in range(len(x)):
        expected = expected + error[row].pow(2).sum() / len(x)
        for feature in range(sae.d_sae):
            weight = features[row, feature] * sae.W_dec[feature].norm()
            expected = expected + 0.7 * 0.5 * weight / len(x)
    torch.testing.assert_close(loss(sae, x, scale=0.5).total, expected)


def test_shrinking_features_and_stretching_their_decoder_rows_gains_nothing():
    sae, x = fitted("relu_decoder_norm").double(), residues().double()
    before = loss(sae, x).total
    sae.fold_scale_(torch.linspace(0.5, 4.0, sae.d_sae).double())
    torch.testing.assert_close(loss(sae, x).total, before)


def test_decoder_rows_may_have_any_norm():
    sae = fitted("relu_decoder_norm")
    with torch.no_grad():
        sae.W_dec.mul_(3.0)
    sae.constrain_()
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.full((sae.d_sae,), 3.0))
