import pytest
import torch
from lightning.pytorch import Callback
from lightning.pytorch.demos.boring_classes import BoringModel
from tests.training.runs import data, module, trainer
from torch.nn.functional import normalize

from interplm.sae import load_sae
from interplm.training.callbacks import ExponentialMovingAverage, ExportSAE

DECAY = 0.5


class Recorder(Callback):
    """Keeps the decoder as validation and as training see it."""

    def __init__(self):
        self.trained, self.validated = [], []

    def on_train_batch_end(self, trainer, pl_module, *args):
        self.trained.append(pl_module.sae.W_dec.detach().clone())

    def on_validation_batch_end(self, trainer, pl_module, *args):
        self.validated.append(pl_module.sae.W_dec.detach().clone())


def fit(folder, *, n_steps=12, **changes):
    seen, made = Recorder(), module("relu", n_steps=n_steps)
    start = made.sae.W_dec.detach().clone()
    fitted = trainer(
        folder, n_steps=n_steps, callbacks=[seen, ExponentialMovingAverage(decay=DECAY)],
        val_check_interval=n_steps, check_val_every_n_epoch=None, **changes,
    )  # fmt: skip
    fitted.fit(made, datamodule=data(folder / "store"))
    return made, seen, start


def average_of(start, weights):
    average = start
    for n, value in enumerate(weights, start=1):
        decay = min(DECAY, (1 + n) / (10 + n))
        average = decay * average + (1 - decay) * value
    return average


def test_validation_sees_the_average_on_the_constraint_and_training_goes_on_without_it(tmp_path):
    _, seen, start = fit(tmp_path)
    expected = normalize(average_of(start, seen.trained), dim=1)
    torch.testing.assert_close(seen.validated[-1], expected)
    assert not torch.allclose(seen.validated[-1], seen.trained[-1], atol=1e-4)


def test_training_is_as_without_it(tmp_path):
    _, seen, _ = fit(tmp_path)
    plain = module("relu", n_steps=12)
    trainer(tmp_path, n_steps=12).fit(plain, datamodule=data(tmp_path / "store"))
    assert torch.equal(seen.trained[-1], plain.sae.W_dec)


@pytest.mark.parametrize("export_comes_first", [True, False])
def test_the_average_is_exported_wherever_the_callback_stands(tmp_path, export_comes_first):
    export = ExportSAE(folder=tmp_path / "sae")
    seen, made = Recorder(), module("relu", n_steps=12)
    start = made.sae.W_dec.detach().clone()
    callbacks = [seen, ExponentialMovingAverage(decay=DECAY)]
    callbacks.insert(0 if export_comes_first else 2, export)
    trainer(tmp_path, n_steps=12, callbacks=callbacks).fit(
        made, datamodule=data(tmp_path / "store")
    )
    expected = normalize(average_of(start, seen.trained), dim=1)
    torch.testing.assert_close(load_sae(tmp_path / "sae").W_dec.detach(), expected)


def test_accumulated_batches_count_as_one_step(tmp_path):
    made, seen, start = fit(tmp_path, accumulate_grad_batches=2)
    assert len(seen.trained) == 24
    expected = normalize(average_of(start, seen.trained[1::2]), dim=1)
    torch.testing.assert_close(made.sae.W_dec.detach(), expected)


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match=r"callbacks.ema.decay must be at least 0 and below 1"):
        ExponentialMovingAverage(decay=decay)


def test_another_kind_of_module_is_refused(tmp_path):
    with pytest.raises(TypeError, match="works with SAELightningModule only"):
        ExponentialMovingAverage(decay=0.9).on_train_start(trainer(tmp_path), BoringModel())
