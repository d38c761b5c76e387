"""dictionary_learning: saving a backup crashed where activations were not normalised."""

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from tests.training.runs import data, module, trainer

from interplm.sae import load_sae
from interplm.training.callbacks import ExportSAE
from interplm.training.fitting import fit, fit_input_transform


@pytest.mark.parametrize("name", ["relu", "topk"])
def test_a_run_on_raw_activations_is_saved_on_the_way_resumed_and_exported(name, tmp_path):
    def run(checkpoint):
        made, store = module(name, n_steps=6), data(tmp_path / "store")
        fit_input_transform(made.sae, store.statistics, centre=False, scaling="none")
        keep = ModelCheckpoint(tmp_path, "backup", every_n_train_steps=4, save_top_k=-1)
        callbacks = [ExportSAE(folder=tmp_path / "sae"), keep]
        made_by = trainer(tmp_path, n_steps=6, callbacks=callbacks, enable_checkpointing=True)
        fit(made_by, made, store, checkpoint=checkpoint)
        return load_sae(tmp_path / "sae").state_dict()

    whole = run(None)
    resumed = run(tmp_path / "backup.ckpt")
    assert whole["input_transform.scale"] == 1
    assert not whole["input_transform.mean"].any()
    for key, value in whole.items():
        assert torch.equal(resumed[key], value), key
