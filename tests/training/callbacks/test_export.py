import pytest
import torch
from lightning.pytorch.demos.boring_classes import BoringModel
from tests.activations.test_source import Foreign, without
from tests.training.runs import data, module, trainer

from interplm.errors import UserError
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
    fitted = trainer(tmp_path, callbacks=[ExportSAE(folder=tmp_path / "sae")])
    with pytest.raises(UserError, match="BoringModel is no SAELightningModule"):
        fitted.fit(BoringModel(), datamodule=data(tmp_path / "store"))
    assert fitted.global_step == 0


def test_activations_from_anywhere_are_exported_with_their_fingerprint(tmp_path):
    fitted = trainer(tmp_path, callbacks=[ExportSAE(folder=tmp_path / "sae")])
    fitted.fit(module("topk"), datamodule=Foreign())
    assert read_description(tmp_path / "sae")["trained_on"]["plm"] == "small"


def test_data_without_a_fingerprint_are_refused_before_the_first_step(tmp_path):
    fitted = trainer(tmp_path, callbacks=[ExportSAE(folder=tmp_path / "sae")])
    with pytest.raises(UserError, match="lacks fingerprint"):
        fitted.fit(module("topk"), datamodule=without("fingerprint"))
    assert fitted.global_step == 0
