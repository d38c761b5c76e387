import pytest
import torch
from tests.sae.architectures import SHIPPED
from tests.training.runs import data, module, trainer


@pytest.mark.parametrize("name", SHIPPED)
def test_training_lowers_the_loss_of_every_architecture(tmp_path, name):
    torch.manual_seed(0)
    made, store = module(name, n_steps=150), data(tmp_path / "store")
    x = torch.cat([batch.float() for batch in store.val_dataloader()])

    def loss():
        with torch.no_grad():
            return float(made.sae.loss(x, made.sae(x), sparsity_scale=1.0, progress=0.0).total)

    before = loss()
    trainer(tmp_path, n_steps=150).fit(made, datamodule=store)
    assert loss() < 0.8 * before


@pytest.mark.parametrize("name", SHIPPED)
def test_the_decoder_keeps_unit_norm_through_training(tmp_path, name):
    made = module(name)
    trainer(tmp_path).fit(made, datamodule=data(tmp_path / "store"))
    if made.sae.has_unit_decoder:
        torch.testing.assert_close(made.sae.W_dec.norm(dim=1), torch.ones(made.sae.d_sae))


def test_validation_leaves_the_module_as_it_was(tmp_path):
    made, store = module("topk"), data(tmp_path / "store")
    fitted = trainer(tmp_path)
    fitted.fit(made, datamodule=store)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    fitted.validate(made, datamodule=store, verbose=False)
    for name, value in made.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_what_is_logged_is_named_for_what_it_is(tmp_path):
    fitted = trainer(tmp_path, val_check_interval=10, check_val_every_n_epoch=None)
    fitted.fit(module("topk"), datamodule=data(tmp_path / "store"))
    assert {
        "train/loss", "train/l0", "train/explained_variance", "train/dead_percent", "train/lr",
        "train/fraction_unexplained", "validation/explained_variance", "validation/l0",
        "validation/dead_percent", "validation/dense_percent",
    } <= set(fitted.callback_metrics)  # fmt: skip
    assert fitted.callback_metrics["train/l0"] <= 3


def test_validation_figures_are_over_all_validation_residues(tmp_path):
    made, store = module("relu"), data(tmp_path / "store")
    fitted = trainer(tmp_path)
    fitted.fit(made, datamodule=store)
    x = torch.cat([batch.float() for batch in store.val_dataloader()])
    with torch.no_grad():
        output = made.sae(x)
    error = (x - output.reconstruction).square().sum()
    expected = 1 - error / (x - x.mean(dim=0)).square().sum()
    found = fitted.validate(made, datamodule=store, verbose=False)[0]
    assert found["validation/explained_variance"] == pytest.approx(float(expected), abs=1e-5)
    assert found["validation/l0"] == pytest.approx(float((output.features > 0).sum() / len(x)))


def test_dead_features_reach_the_loss(tmp_path):
    made = module("topk", n_steps=60, dead_after_residues=100)
    fitted = trainer(tmp_path, n_steps=60)
    with torch.no_grad():
        made.sae.b_enc[:8] = -1e3
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert "train/auxk" in fitted.callback_metrics
