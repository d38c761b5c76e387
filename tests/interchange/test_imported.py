import torch
from tests.sae.architectures import D_SAE, fitted, residues

from interplm.interchange.imported import UNKNOWN_SETTINGS, Imported, origin
from interplm.sae import NormalizedSAE, load_normalized_sae, load_sae


def test_only_what_is_known_is_said():
    found = origin("SAELens", model_name="esm2", hook_name=None)
    assert found == {
        "converted_from": "SAELens", "model_name": "esm2", "training_settings": UNKNOWN_SETTINGS,
    }  # fmt: skip


def test_a_normalized_sae_is_saved_with_its_maxima_and_with_neither_changed(tmp_path):
    sae, x = NormalizedSAE(fitted("topk").eval(), torch.linspace(0.5, 2, D_SAE)), residues()
    Imported(sae=sae, format="test", trained_on={}).save(tmp_path)
    assert torch.equal(load_normalized_sae(tmp_path).encode(x), sae.encode(x))
    assert torch.equal(load_sae(tmp_path).encode(x), sae.sae.encode(x))
