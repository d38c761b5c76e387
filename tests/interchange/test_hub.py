import pytest
import torch
import yaml
from safetensors.torch import save_file
from tests.interchange import test_esmc, test_interprot, test_one_layer, test_original
from tests.interchange.hub_server import HubServer, stands_for_the_hub
from tests.sae.architectures import fitted, residues

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange import download, load, push, read
from interplm.sae import load_normalized_sae, save_sae
from interplm.sae.normalized import save_maxima

pytest.importorskip("huggingface_hub")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    server = HubServer()
    stands_for_the_hub(server, monkeypatch, cache=tmp_path / "cache")
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    yield server
    server.close()


@pytest.fixture
def run(tmp_path):
    """As much of a finished run as matters here."""
    sae = fitted("topk").eval()
    save_sae(sae, tmp_path / "run/sae", fingerprint={"plm": "esm2_8m", "layer": 3})
    figures = {"explained_variance": 0.8765, "l0": 31.9, "steps": 3000}
    (tmp_path / "run/result.yaml").write_text(yaml.safe_dump(figures))
    return tmp_path / "run"


def upload(source):
    return push(source, "someone/layer3", private=True, license="cc-by-4.0")


def test_what_is_pushed_can_be_loaded_by_its_id(hub, run):
    address = upload(run)
    assert address == f"{hub.address}/someone/layer3"
    assert hub.made_private["someone/layer3"]
    assert set(hub.repositories["someone/layer3"]) == {"README.md", "sae.safetensors", "sae.yaml"}
    x = residues()
    assert torch.equal(load("someone/layer3").encode(x), load(run / "sae").encode(x))


def test_a_second_load_takes_the_files_from_the_cache(hub, run):
    upload(run)
    load("someone/layer3")
    n_downloads = hub.n_downloads
    load("someone/layer3")
    assert hub.n_downloads == n_downloads
    hub.close()
    load("someone/layer3")  # without a connection


def test_maxima_and_figures_of_the_run_go_along(hub, run):
    save_maxima(run / "sae", torch.full((16,), 2.0), n_residues=9, fingerprint={})
    upload(run / "sae")
    files = hub.repositories["someone/layer3"]
    assert files["maxima.safetensors"] == (run / "sae/maxima.safetensors").read_bytes()
    card = files["README.md"].decode()
    assert "license: cc-by-4.0" in card
    assert torch.equal(
        load_normalized_sae(download("someone/layer3")).scale, torch.full((16,), 2.0)
    )
    assert "| explained variance | 0.8765 |" in card


def test_an_sae_on_the_hub_is_not_replaced_unasked(hub, run):
    upload(run)
    before = dict(hub.repositories["someone/layer3"])
    with pytest.raises(UserError, match=r"someone/layer3 holds an SAE already, .*: choose another"):
        upload(run)
    assert hub.repositories["someone/layer3"] == before


def test_one_of_several_saes_in_a_repository_and_nothing_else_is_fetched(hub, tmp_path):
    state = test_original.relu_state()
    content = test_original.save(tmp_path, state).read_bytes()
    hub.repositories["them/saes"] = {
        "layer_3/ae.pt": content, "layer_4/ae.pt": b"damaged", "layer_3/optimizer.pt": b"large",
    }  # fmt: skip
    found = load("them/saes/layer_3")
    assert torch.equal(found.W_dec, state["decoder.weight"].T)
    assert hub.n_downloads == 1


def test_a_file_of_the_published_saes_is_taken_by_its_name(hub, tmp_path):
    """Their repositories hold both files and a config.json for each layer."""
    state = test_original.relu_state()
    normalized = test_original.normalized_by_first_release(state, torch.linspace(0.5, 2, 16))
    hub.repositories["them/saes"] = {
        "layer_3/config.json": b'{"architecture": {"esm_dim": 6}}',
        "layer_3/ae_unnormalized.pt": test_original.save(tmp_path, state).read_bytes(),
        "layer_3/ae_normalized.pt": test_original.save(tmp_path, normalized).read_bytes(),
    }
    for found, expected in [
        (load("them/saes/layer_3"), normalized),  # as their own loader gives it
        (load("them/saes", layer=3), normalized),
        (load("them/saes/layer_3", scale="raw"), state),
        (load("them/saes/layer_3/ae_unnormalized.pt"), state),
        (load("them/saes/layer_3/ae_normalized.pt"), normalized),
    ]:
        assert torch.equal(found.W_dec, expected["decoder.weight"].T)


def test_published_layers_are_known_by_the_repository_s_name(hub, tmp_path):
    content = test_original.save(tmp_path, test_original.relu_state()).read_bytes()
    hub.repositories["Elana/InterPLM-esm2-8m"] = {"layer_4/ae_normalized.pt": content}
    trained_on = read("Elana/InterPLM-esm2-8m/layer_4").trained_on
    assert (trained_on["plm"], trained_on["layer"]) == ("esm2_8m", 4)
    assert trained_on["known_from"].endswith("InterPLM, ESM-2 8M (Simon & Zou 2025) "
                                             "(layer, plm, special_tokens)")  # fmt: skip


@pytest.mark.parametrize("files", [{}, {"config.json": b'{"model_type": "esm"}'}])
def test_a_language_model_is_not_fetched_to_see_whether_it_is_an_sae(hub, files):
    hub.repositories["them/esm2"] = {"model.safetensors": b"large"} | files
    with pytest.raises(MissingArtifact, match=r"them/esm2 holds no SAE of a known format"):
        load("them/esm2")
    assert hub.n_downloads == len(files)


def test_a_repository_of_files_says_which_there_are(hub, tmp_path):
    name = "esm2_plm1280_l24_sae4096.safetensors"
    save_file(test_interprot.state(), tmp_path / name)
    hub.repositories["liambai/InterProt"] = {
        name: (tmp_path / name).read_bytes(), "esm2_plm1280_l4_sae4096.safetensors": b"large"
    }  # fmt: skip
    message = rf"The repository has {name}, .*: give one of them, as liambai/InterProt/<file"
    with pytest.raises(MissingArtifact, match=message):
        load("liambai/InterProt")
    found = read(f"liambai/InterProt/{name}", k=3)
    assert (found.format, found.trained_on["layer"]) == ("InterProt", 24)
    assert hub.n_downloads == 1


def test_one_layer_of_a_repository_of_many(hub, tmp_path):
    folder = test_esmc.save(tmp_path / "esmc", layers=(3, 24))
    hub.repositories["biohub/ESMC-300M-sae-k64"] = {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    found = read("biohub/ESMC-300M-sae-k64", layer=24)
    assert (found.trained_on["plm"], found.trained_on["layer"]) == ("esmc_300m", 24)
    assert hub.n_downloads == 2  # the config and the one file
    with pytest.raises(UserError, match=r"of several layers, \[3, 24\]: choose one with layer="):
        read("biohub/ESMC-300M-sae-k64")
    of_file = read("biohub/ESMC-300M-sae-k64/layer_3.safetensors")
    assert (of_file.trained_on["layer"], of_file.sae.k) == (3, 3)


def test_weights_with_the_name_of_a_language_model_s_are_fetched_if_the_config_is_an_sae_s(
    hub, tmp_path
):
    folder = test_one_layer.save(tmp_path / "sae")
    hub.repositories["evillegasgarcia/sae_esm2_6_l3"] = {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    found = read("evillegasgarcia/sae_esm2_6_l3")
    assert (found.trained_on["plm"], found.trained_on["layer"]) == ("esm2_8m", 4)


def test_what_the_hub_refuses_is_said_in_a_sentence(hub, run, monkeypatch):
    with pytest.raises(
        UserError, match=r"them/nothing is no folder here, and could not .*: check the name"
    ):
        load("them/nothing")
    monkeypatch.setenv("HF_TOKEN", "hf_reader")
    with pytest.raises(UserError, match=r"someone/layer3 .*401.*log in with `hf auth login`"):
        upload(run)


def test_no_connection_is_said_in_a_sentence(hub, run):
    hub.close()
    for act in (lambda: load("them/nothing"), lambda: upload(run)):
        with pytest.raises(
            UserError, match=r"could not be used on the Hugging Face hub .*connection"
        ):
            act()


def test_nothing_damaged_is_pushed(hub, run, tmp_path):
    with pytest.raises(MissingArtifact, match=r"holds no exported SAE: give a finished run, or"):
        upload(tmp_path)
    weights = run / "sae/sae.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(BrokenArtifact, match=r"sae.safetensors is damaged"):
        upload(run)
    assert hub.repositories == {}
