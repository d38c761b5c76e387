import logging

import lightning as L
import numpy as np
import pytest
import torch
from tests.sae.architectures import build
from tests.training.runs import data, module, trainer

from interplm.activations import ActivationStatistics
from interplm.errors import BrokenArtifact, UserError
from interplm.training.fitting import fit, fit_input_transform


def statistics(mean, *, is_exact=True):
    return ActivationStatistics(
        n_residues=1000, mean=np.full(6, mean), variance=np.full(6, 4.0), is_exact=is_exact
    )


def test_gamma_is_reported_and_the_transform_fitted(caplog):
    sae = build("relu")
    with caplog.at_level(logging.INFO):
        fit_input_transform(sae, statistics(1.0), centre=True, scaling="rms")
    assert caplog.messages == ["1,000 residues, γ = ‖μ‖/‖σ‖ = 0.50"]
    assert torch.equal(sae.input_transform.mean, torch.ones(6))
    assert sae.input_transform.scale == 2


def test_an_estimate_is_called_one(caplog):
    with caplog.at_level(logging.INFO):
        estimate = statistics(1.0, is_exact=False)
        fit_input_transform(build("relu"), estimate, centre=True, scaling="rms")
    assert caplog.messages == ["1,000 residues, a sample, γ = ‖μ‖/‖σ‖ = 0.50"]


@pytest.mark.parametrize(("mean", "centre", "warns"), [(5, False, 1), (5, True, 0), (1, False, 0)])
def test_a_high_gamma_without_centring_warns_and_names_the_mend(caplog, mean, centre, warns):
    with caplog.at_level(logging.WARNING):
        fit_input_transform(build("relu"), statistics(mean), centre=centre, scaling="none")
    assert len(caplog.messages) == warns
    if warns:
        assert "many features may be dead from the start" in caplog.text
        assert "input_transform.centre=true mends it" in caplog.text


def test_figures_say_how_the_run_ended(tmp_path):
    made, store = module("topk", n_steps=20), data(tmp_path / "store")
    figures = fit(trainer(tmp_path), made, store, checkpoint=None)
    assert figures["steps"] == 20
    assert figures["l0"] <= 3
    assert 0 <= figures["train_dead_percent"] <= 100
    assert figures["residues_per_second"] > 0
    assert "outlier_percent" not in figures


def test_residues_are_counted_as_they_were_trained_on(tmp_path):
    made, store = module("relu", n_steps=4, max_norm_multiple=1.1), data(tmp_path / "store")
    figures = fit(
        trainer(tmp_path, n_steps=4, accumulate_grad_batches=2), made, store, checkpoint=None
    )
    n_seen = int(made.outliers.n_seen)
    assert n_seen == 8 * 64
    assert made.n_residues_trained == n_seen - int(made.outliers.n_dropped) < n_seen
    expected = 100 * int(made.outliers.n_dropped) / n_seen
    assert figures["outlier_percent"] == pytest.approx(expected)


def test_weights_in_16_bits_are_refused_with_the_way_to_have_both(tmp_path):
    rounded = trainer(tmp_path, precision="bf16-true")
    with pytest.raises(UserError, match=r"precision=bf16-true rounds the weights .* bf16-mixed"):
        fit(rounded, module(), data(tmp_path / "store"), checkpoint=None)


def test_no_steps_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"trainer.max_steps must be at least 1, got -1"):
        fit(trainer(tmp_path, n_steps=-1), module(), data(tmp_path / "store"), checkpoint=None)


def test_a_torn_checkpoint_is_named(tmp_path):
    torn = tmp_path / "last.ckpt"
    torn.write_bytes(b"torn")
    with pytest.raises(BrokenArtifact, match=r"last.ckpt is damaged: delete it"):
        fit(trainer(tmp_path), module(), data(tmp_path / "store"), checkpoint=torn)


def test_data_that_lack_a_part_are_refused_before_the_first_step(tmp_path):
    made = module()
    with pytest.raises(UserError, match="LightningDataModule is no activation source, since it"):
        fit(trainer(tmp_path), made, L.LightningDataModule(), checkpoint=None)
    assert made.n_residues_trained == 0


def test_residues_are_standardised_each_by_itself_where_asked():
    sae = build("relu")
    fit_input_transform(sae, statistics(1.0), centre=False, scaling="residue")
    x = torch.randn(5, sae.d_in) * 3 + 2
    t = sae.input_transform(x)
    assert torch.allclose(t.mean(dim=1), torch.zeros(5), atol=1e-5)
    assert torch.allclose(t.std(dim=1), torch.ones(5), atol=1e-4)
    assert torch.allclose(sae.input_transform.inverse(t, x), x, atol=1e-4)


def test_standardised_residues_are_not_centred_too():
    with pytest.raises(UserError, match=r"input_transform\.centre=false"):
        fit_input_transform(build("relu"), statistics(1.0), centre=True, scaling="residue")
