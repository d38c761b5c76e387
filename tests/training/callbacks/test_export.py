import pytest
import torch
from lightning.pytorch.demos.boring_classes import BoringModel
from tests.training.runs import data, module, trainer

from interplm.sae import load_sae
from interplm.sae.export import read_description
from interplm.training.callbacks import ExportSAE


def test_the_trained_sae_is_exported_with_what_it_was_trained_on(tmp_path):
    made = module("topk")
    fitted = trainer(tmp_path, callbacks=[ExportSAE(folder=tmp_path / "sae")])
    fitted.fit(made, datamodule=data(tmp_path / "store"))
    assert torch.equal(load_sae(tmp_path / "sae").W_dec, made.sae.W_dec)
    trained_on = read_description(tmp_path / "sae")["trained_on"]
    assert (trained_on["plm"], trained_on["layer"], trained_on["n_steps"]) == ("small", 3, 20)
    assert trained_on["weights_sha256"] == "ab" * 32


def test_another_kind_of_module_is_refused(tmp_path):
    callback = ExportSAE(folder=tmp_path / "sae")
    with pytest.raises(TypeError, match="ExportSAE works with SAELightningModule"):
        callback.on_fit_end(trainer(tmp_path), BoringModel())
