import pytest
import torch
from tests.sae.architectures import SHIPPED
from tests.training.runs import data, module, trainer

from interplm.training import SAELightningModule

# What is logged of a training step besides the terms of its loss.
FIGURES = {f"train/{name}" for name in ("loss", "l0", "explained_variance", "dead_percent", "lr")}


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


@pytest.mark.parametrize("revival", ["auxk", "ghost_gradients"])
@pytest.mark.parametrize("name", SHIPPED)
def test_dead_features_add_the_term_of_the_remedy_to_the_loss(tmp_path, name, revival):
    made = module(name, n_steps=40, dead_after_residues=100, revival=revival)
    fitted = trainer(tmp_path, n_steps=40)
    with torch.no_grad():
        made.sae.b_enc[:8] = -1e3
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    logged = fitted.callback_metrics
    terms = [logged[key] for key in logged if key.startswith("train/") and key not in FIGURES]
    assert f"train/{revival}" in logged
    torch.testing.assert_close(sum(terms), logged["train/loss"])


def test_the_loss_is_told_the_sparsity_and_the_progress_of_each_optimiser_step(tmp_path):
    made, told = module("relu", n_steps=10), []
    loss = made.sae.loss

    def recorded(x, output, *, sparsity_scale, progress):
        told.append((sparsity_scale, progress))
        return loss(x, output, sparsity_scale=sparsity_scale, progress=progress)

    made.sae.loss = recorded
    made._sparsity_schedule = lambda step: step / 100
    fitted = trainer(tmp_path, n_steps=10, accumulate_grad_batches=2)
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert told == [(step / 100, step / 10) for step in range(10) for _ in range(2)]


def test_accumulation_steps_schedules_and_constraint_once_but_counts_every_residue(tmp_path):
    made, constrained, n_residues = module("topk", n_steps=6, lr=1e-6), [], []
    constrain = made.sae.constrain_
    made.sae.update_ = lambda output: n_residues.append(len(output.features))
    made.sae.constrain_ = lambda: (constrained.append(1), constrain())
    with torch.no_grad():
        made.sae.b_enc[0] = -1e3
    fitted = trainer(tmp_path, n_steps=6, accumulate_grad_batches=3)
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert fitted.lr_scheduler_configs[0].scheduler.last_epoch == 6
    assert len(constrained) == 6
    assert len(n_residues) == 18
    assert made.activity.residues_since_fired[0] == sum(n_residues) == made.n_residues_trained


@pytest.mark.parametrize("name", SHIPPED)
def test_mixed_precision_keeps_weights_moments_and_the_loss_in_float32(tmp_path, name):
    made, seen = module(name, dead_after_residues=100, revival="auxk"), []
    loss = made.sae.loss

    def recorded(x, output, **settings):
        tensors = (x, output.reconstruction, output.features, output.pre_activations)
        seen.append({tensor.dtype for tensor in tensors})
        assert not torch.is_autocast_enabled("cpu")
        return loss(x, output, **settings)

    made.sae.loss = recorded
    products = []
    made.sae.register_forward_hook(
        lambda sae, x, out: products.append(sae.pre_activations(*x).dtype)
    )
    with torch.no_grad():
        made.sae.b_enc[:4] = -1e3
    fitted = trainer(tmp_path, precision="bf16-mixed")
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert set(products) == {torch.bfloat16}
    assert set().union(*seen) == {torch.float32}
    for key, value in made.sae.named_parameters():
        assert value.dtype == torch.float32, key
        assert not torch.equal(value, value.bfloat16().float()), f"{key} was rounded"
        assert fitted.optimizers[0].state[value]["exp_avg"].dtype == torch.float32


def test_a_scaled_learning_rate_is_used_and_logged_and_leaves_the_schedule_alone(tmp_path):
    made = module("relu", n_steps=20, lr=0.01)
    made.revival.lr_scale = lambda step: 0.25
    fitted = trainer(tmp_path, n_steps=10)
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert fitted.callback_metrics["train/lr"] == pytest.approx(0.0025)
    assert fitted.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.01)


def test_running_state_moves_once_a_training_batch_and_not_in_validation(tmp_path):
    made, moved, store = module("relu", n_steps=6), [], data(tmp_path / "store")
    made.sae.update_ = lambda output: moved.append(len(output.features))
    fitted = trainer(tmp_path, n_steps=6, val_check_interval=3, check_val_every_n_epoch=None)
    fitted.fit(made, datamodule=store)
    fitted.validate(made, datamodule=store, verbose=False)
    assert moved == [64] * 6


@pytest.mark.parametrize("name", SHIPPED)
def test_a_checkpoint_is_loaded_as_the_module_it_was(tmp_path, name):
    made, store = module(name, revival="resampling"), data(tmp_path / "store")
    fitted = trainer(tmp_path)
    fitted.fit(made, datamodule=store)
    fitted.save_checkpoint(tmp_path / "a.ckpt")
    loaded = SAELightningModule.load_from_checkpoint(tmp_path / "a.ckpt")
    assert loaded.state_dict().keys() == made.state_dict().keys()
    x = torch.cat([batch.float() for batch in store.val_dataloader()])
    made.eval(), loaded.eval()
    assert torch.equal(loaded.sae(x).features, made.sae(x).features)
    assert loaded.configure_optimizers()["optimizer"].defaults["lr"] == 1e-2


def test_a_loaded_module_trains_on_as_the_first_would_have(tmp_path):
    store = data(tmp_path / "store")
    made = module("topk", n_steps=20)
    half = trainer(tmp_path, n_steps=10)
    half.fit(made, datamodule=store)
    half.save_checkpoint(tmp_path / "a.ckpt")
    trained = []
    for again in (made, SAELightningModule.load_from_checkpoint(tmp_path / "a.ckpt")):
        whole = trainer(tmp_path, n_steps=20)
        whole.fit(again, datamodule=store, ckpt_path=tmp_path / "a.ckpt", weights_only=True)
        trained.append(again.sae.W_dec)
    assert torch.equal(*trained)
