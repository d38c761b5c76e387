import json

import pytest
import torch
from tests.features.synthetic_database import write_database
from tests.interchange.foreign import residues
from tests.interchange.hub_server import HubServer
from tests.interchange.test_original import normalized_by_first_release, relu_state, version_1
from tests.jobs import refusal, run
from tests.sae.architectures import fitted

from interplm.interchange import load
from interplm.sae import load_normalized_sae, load_sae, save_sae
from interplm.sae.export import read_description


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "published"
    folder.mkdir()
    torch.save(relu_state(), folder / "ae.pt")
    return folder


@pytest.fixture
def export(tmp_path):
    save_sae(fitted("topk"), tmp_path / "run/sae", fingerprint={"plm": "esm2_demo", "layer": 3})
    return tmp_path / "run/sae"


def test_another_toolkit_s_sae_becomes_an_export_of_ours(published, tmp_path):
    target = tmp_path / "sae"
    done = run("convert", f"source={published}", f"target={target}", data=tmp_path)
    assert f"SAE: {target}" in done.stdout
    assert f"Next: python -m interplm.info source={target}" in done.stdout
    assert torch.equal(load_sae(target).encode(residues()), load(published).encode(residues()))
    trained_on = read_description(target)["trained_on"]
    assert trained_on["converted_from"] == "original InterPLM"
    assert trained_on["training_settings"].startswith("placeholders")


def test_maxima_beside_the_weights_stay_beside_them(published, tmp_path):
    maxima = torch.linspace(0.5, 2, 16)
    state = version_1(relu_state()) | {"activation_rescale_factor": maxima}
    torch.save(state, published / "ae_normalized.pt")
    source, target = published / "ae_normalized.pt", tmp_path / "sae"
    run("convert", f"source={source}", f"target={target}", data=tmp_path)
    found = load_normalized_sae(target)
    assert torch.equal(found.encode(residues()), load(source).encode(residues()))


def test_maxima_in_the_weights_stay_in_them(published, tmp_path):
    state = normalized_by_first_release(relu_state(), torch.linspace(0.5, 2, 16))
    torch.save(state, published / "ae_normalized.pt")
    source, target = published / "ae_normalized.pt", tmp_path / "sae"
    run("convert", f"source={source}", f"target={target}", data=tmp_path)
    assert torch.equal(load_sae(target).encode(residues()), load(source).encode(residues()))


def test_ours_becomes_sae_lens_s(export, tmp_path):
    target = tmp_path / "lens"
    done = run(
        "convert", f"source={export.parent}", f"target={target}", "format=sae_lens", data=tmp_path
    )
    assert "Next: python -c 'from sae_lens import SAE" in done.stdout
    config = json.loads((target / "cfg.json").read_text())
    assert (config["architecture"], config["k"]) == ("topk", 3)
    assert config["metadata"]["model_name"] == "esm2_demo"


def test_an_sae_is_pushed_and_found_again_by_its_id(published, tmp_path):
    pytest.importorskip("huggingface_hub")
    hub, target = HubServer(), tmp_path / "sae"
    there = {"HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_writer", "HF_HOME": str(tmp_path / "hf")}
    done = run(
        "convert",
        f"source={published}",
        f"target={target}",
        "push=me/layer4",
        data=tmp_path,
        **there,
    )
    assert f"Repository: {hub.address}/me/layer4" in done.stdout
    assert "interchange.load('me/layer4')" in done.stdout
    lens = tmp_path / "lens"
    run("convert", "source=me/layer4", f"target={lens}", "format=sae_lens", data=tmp_path, **there)
    assert torch.equal(load(lens).encode(residues()), load(published).encode(residues()))
    hub.close()


def test_what_cannot_be_done_is_refused(export, published, tmp_path):
    for overrides, message in [
        (["push=null"], "Nothing is to be made: give target=<folder>, push=<owner/name> or both."),
        (
            [f"target={tmp_path}/new", "format=onnx"],
            "format must be one of interplm, sae_lens, atlas, got",
        ),
        ([f"target={tmp_path}/new", "format=sae_lens", "push=me/sae"], "push uploads an SAE in"),
        ([f"target={published}"], "exists, and nothing is overwritten: give another target, or"),
        ([f"target={tmp_path}/new"], "is in InterPLM's format already: use it as it is, or write"),
    ]:
        said = refusal("convert", f"source={export}", *overrides, data=tmp_path)
        assert message in said
    assert not (tmp_path / "new").exists()
    assert "source has no value" in refusal("convert", f"target={tmp_path}/new", data=tmp_path)


def test_features_of_scores_become_records_with_the_keys_of_the_atlas(tmp_path):
    write_database(tmp_path / "run" / "score" / "features.duckdb", n_features=6, n_proteins=8)
    target = tmp_path / "features.jsonl"
    run("convert", f"source={tmp_path / 'run'}", f"target={target}", "format=atlas", data=tmp_path)
    assert json.loads(target.read_text().splitlines()[0])["feature_index"] == 0
    said = refusal("convert", f"source={tmp_path}", "target=x.jsonl", "format=atlas", data=tmp_path)
    assert f"{tmp_path} holds no scores, which format=atlas is written from" in said
