import torch

from interplm.sae.sparse_features import SparseFeatures, SparsePattern

# Residue 1 has no feature; feature 2 is selected with value zero.
PATTERN = SparsePattern(
    columns=torch.tensor([3, 0, 0, 2]), offsets=torch.tensor([0, 2, 2]), d_sae=5
)
VALUES = torch.tensor([7.0, 5.0, 4.0, 0.0], dtype=torch.float64)
DENSE = torch.tensor([[5, 0, 0, 7, 0], [0, 0, 0, 0, 0], [4, 0, 0, 0, 0]], dtype=torch.float64)
W_DEC = torch.arange(10, dtype=torch.float64).reshape(5, 2) ** 2


def features(values=VALUES):
    return SparseFeatures(values, PATTERN)


def test_dense_features_stand_where_the_pattern_says():
    assert torch.equal(features().to_dense(), DENSE)


def test_a_selected_feature_of_value_zero_has_not_fired():
    assert features().firing_counts().tolist() == [2, 0, 0, 1, 0]


def test_the_residue_of_every_feature():
    assert PATTERN.rows.tolist() == [0, 0, 2, 2]


def test_products_are_those_of_the_dense_matrix():
    y = torch.randn(3, 4, dtype=torch.float64)
    torch.testing.assert_close(PATTERN.transposed_weighted_sum(VALUES, y), DENSE.T @ y)
    torch.testing.assert_close(PATTERN.weighted_sum(VALUES, W_DEC), DENSE @ W_DEC)
    torch.testing.assert_close(features().matmul(W_DEC), DENSE @ W_DEC)


def test_gradients_of_the_product_are_exact():
    values, W_dec = VALUES.clone().requires_grad_(), W_DEC.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v, W: features(v).matmul(W), (values, W_dec))


def test_a_run_of_features_is_numbered_from_zero():
    part = features().between(1, 4)
    assert torch.equal(part.to_dense(), DENSE[:, 1:4])
    assert part.pattern.d_sae == 3
    none = features().between(4, 5)
    assert torch.equal(none.matmul(W_DEC[4:]), torch.zeros(3, 2, dtype=torch.float64))


def test_gradients_reach_the_values_through_the_dense_form_and_a_run():
    values = VALUES.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v: features(v).to_dense(), values)
    assert torch.autograd.gradcheck(lambda v: features(v).between(1, 4).to_dense(), values)
