"""Original InterPLM: a saved TopK SAE was restored as BatchTopK, told apart by its fields alone."""

import pytest
import torch
from tests.sae.architectures import SHIPPED, fitted, residues
from tests.training.runs import data, module, trainer

from interplm.interchange import load
from interplm.sae import save_sae
from interplm.training.callbacks import ExportSAE


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_loaded_is_the_class_with_the_settings_that_was_saved(name, tmp_path):
    sae = fitted(name).eval()
    save_sae(sae, tmp_path, fingerprint={})
    loaded = load(tmp_path)
    assert type(loaded) is type(sae)
    assert loaded.settings() == sae.settings()
    assert torch.equal(loaded.encode(residues()), sae.encode(residues()))


@pytest.mark.parametrize("name", ["topk", "batchtopk"])
def test_a_trained_run_hands_on_the_architecture_it_was_trained_as(name, tmp_path):
    made = module(name, n_steps=2)
    callbacks = [ExportSAE(folder=tmp_path / "sae")]
    run = trainer(tmp_path, n_steps=2, callbacks=callbacks)
    run.fit(made, datamodule=data(tmp_path / "store"))
    assert load(tmp_path / "sae").architecture == name
