import pytest
import torch
from tests.training.runs import data, module

from interplm.training.fitting import fit_outlier_filter
from interplm.training.outliers import OutlierFilter

X = torch.arange(8.0).reshape(4, 2)


def fitted():
    made = OutlierFilter(max_norm_multiple=3)
    made.fit_(torch.tensor([1.0, 2.0, 100.0]))
    return made


def test_rows_above_the_multiple_of_the_median_are_dropped_and_counted():
    made = fitted()
    kept = made.filter_(X, torch.tensor([1.0, 6.1, 6.0, 50.0]))
    assert torch.equal(kept, X[[0, 2]])
    made.filter_(X, torch.tensor([1.0, 1.0, 1.0, 7.0]))
    assert (int(made.n_dropped), int(made.n_seen)) == (3, 8)
    assert made.dropped_percent() == 37.5


def test_a_batch_never_becomes_empty():
    assert torch.equal(fitted().filter_(X, torch.tensor([9.0, 8.0, 7.0, 10.0])), X[2:3])


def test_before_the_limit_is_set_every_row_stays():
    made = OutlierFilter(max_norm_multiple=3)
    assert made.filter_(X, torch.tensor([1.0, 1e9, 1.0, 1.0])) is not None
    assert made.n_dropped == 0


@pytest.mark.parametrize("multiple", [1, 0, -2])
def test_a_multiple_that_would_drop_the_typical_is_refused(multiple):
    with pytest.raises(ValueError, match=r"max_norm_multiple must be above 1, got .* null keeps"):
        OutlierFilter(max_norm_multiple=multiple)


def test_the_median_is_that_of_the_transformed_training_residues(tmp_path):
    made, store = module("relu", max_norm_multiple=2.0), data(tmp_path / "store")
    made.sae.input_transform.fit_(
        torch.full((6,), 0.5), torch.full((6,), 4.0), centre=True, scaling="rms"
    )
    fit_outlier_filter(made, store)
    x = torch.cat([batch.float() for batch in store.train_dataloader()])
    expected = 2 * ((x - 0.5) / 2).norm(dim=1).median()
    torch.testing.assert_close(made.outliers.limit, expected)
