import torch
from tests.sae.architectures import D_SAE, fitted, residues

from interplm.interchange.imported import UNKNOWN_SETTINGS, Imported, origin
from interplm.interchange.source import Source
from interplm.sae import NormalizedSAE, load_normalized_sae, load_sae


def test_only_what_is_known_is_said_and_from_where(tmp_path):
    files = {"plm": "facebook/esm2_t6_8M_UR50D", "layer": None, "d_model": 320}
    said = {"model_name": "esm2", "hook_name": None, "other": {"not": "plain"}}
    assert origin(Source(path=tmp_path), "SAELens", files=files, said=said) == {
        "converted_from": "SAELens", "model_name": "esm2", "plm": "esm2_8m", "d_model": 320,
        "known_from": "its files (plm, d_model)", "training_settings": UNKNOWN_SETTINGS,
    }  # fmt: skip
    nothing = origin(Source(path=tmp_path), "SAELens", files={})
    assert nothing["known_from"] == "nowhere: say which PLM and layer it reads"


def test_files_go_before_the_table_but_a_name_that_nobody_knows_does_not(tmp_path):
    source = Source(path=tmp_path / "Elana/InterPLM-esm2-8m/layer_4/ae_normalized.pt")
    table = origin(source, "original InterPLM", files={"plm": "their_esm"})
    assert (table["plm"], table["layer"], table["special_tokens"]) == ("esm2_8m", 4, "left out")
    files = origin(source, "original InterPLM", files={"plm": "esm2_t33_650M_UR50D", "layer": 9})
    assert (files["plm"], files["layer"]) == ("esm2_650m", 9)
    assert files["known_from"].startswith("its files (plm, layer); the table of publications, In")
    # What is no hidden state has no layer, whatever the name says.
    update = origin(source, "original InterPLM", files={"reads": "the update of layer 4"})
    assert "layer" not in update


def test_a_normalized_sae_is_saved_with_its_maxima_and_with_neither_changed(tmp_path):
    sae, x = NormalizedSAE(fitted("topk").eval(), torch.linspace(0.5, 2, D_SAE)), residues()
    Imported(sae=sae, format="test", trained_on={}).save(tmp_path)
    assert torch.equal(load_normalized_sae(tmp_path).encode(x), sae.encode(x))
    assert torch.equal(load_sae(tmp_path).encode(x), sae.sae.encode(x))
