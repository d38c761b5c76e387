import pytest
import torch
from tests.sae.architectures import SHIPPED, fitted, residues

from interplm.evaluation import reconstruction_figures

CPU = torch.device("cpu")


def measured(sae, x, batch_size=10):
    figures = reconstruction_figures(sae, x.split(batch_size), device=CPU)
    assert len({(figure.metric, figure.space) for figure in figures}) == len(figures)
    return {(figure.metric, figure.space): figure.value for figure in figures}


def centred_sum(x):
    return float((x - x.mean(dim=0)).square().sum())


@pytest.mark.parametrize("name", SHIPPED)
def test_figures_are_those_of_all_residues_at_once(name):
    sae, x = fitted(name).eval(), residues(55)
    found = measured(sae, x)
    with torch.no_grad():
        output = sae(x)
    error = float((x - output.reconstruction).square().sum())
    assert found["mean_squared_error", "plm"] == pytest.approx(error / x.numel(), rel=1e-5)
    expected = 1 - error / centred_sum(x)
    assert found["explained_variance", "plm"] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert found["l0", "features"] == pytest.approx(float((output.features > 0).sum() / 55))
    assert found["l1", "features"] == pytest.approx(float(output.features.sum() / 55), rel=1e-5)


def test_in_the_sae_s_space_the_error_is_the_loss_s_own():
    sae, x = fitted("relu").eval(), residues(55)
    with torch.no_grad():
        error = sae.error(x, sae(x))
    found = measured(sae, x)
    expected = float(error.square().mean())
    assert found["mean_squared_error", "sae"] == pytest.approx(expected, rel=1e-5)
    scale = float(sae.input_transform.scale) ** 2
    assert found["mean_squared_error", "plm"] == pytest.approx(expected * scale, rel=1e-5)


def test_one_mean_and_one_scale_for_all_leave_variance_and_bias_as_they_are():
    found = measured(fitted("topk").eval(), residues(55))
    for name in ("explained_variance", "relative_reconstruction_bias"):
        assert found[name, "sae"] == pytest.approx(found[name, "plm"], rel=1e-4)


def test_the_histogram_and_the_dead_make_up_all_features():
    sae, x = fitted("topk").eval(), residues(55)
    found = measured(sae, x)
    alive = sum(value for (name, _), value in found.items() if name.startswith("density_1e"))
    assert alive + found["dead_percent", "features"] / 100 * sae.d_sae == pytest.approx(sae.d_sae)


def test_half_precision_activations_are_computed_in_single():
    sae, x = fitted("topk").eval(), residues(55).half()
    assert measured(sae, x) == measured(sae, x.float())


def test_nothing_of_the_sae_changes():
    sae, x = fitted("topk").eval(), residues(20)
    before = {key: value.clone() for key, value in sae.state_dict().items()}
    measured(sae, x)
    for key, value in sae.state_dict().items():
        assert torch.equal(value, before[key]), key
