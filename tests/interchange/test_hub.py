import pytest
import torch
import yaml
from tests.interchange import test_original
from tests.interchange.hub_server import HubServer
from tests.sae.architectures import fitted, residues

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange import download, load, push
from interplm.sae import load_normalized_sae, save_sae
from interplm.sae.normalized import save_maxima

constants = pytest.importorskip("huggingface_hub.constants")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    server = HubServer()
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # Where the address of a file is kept as a template, it was filled in at import.
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE",
        server.address + "/{repo_id}/resolve/{revision}/{filename}", raising=False,
    )  # fmt: skip
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
    assert torch.equal(load("them/saes/layer_3").W_dec, state["decoder.weight"].T)
    found = load("them/saes/layer_3/ae_normalized.pt")
    assert torch.equal(found.W_dec, normalized["decoder.weight"].T)


def test_a_repository_without_an_sae_says_what_was_looked_for(hub):
    hub.repositories["them/esm2"] = {"model.safetensors": b"large"}
    with pytest.raises(MissingArtifact, match=r"them/esm2 holds no SAE of a known format. Looked"):
        load("them/esm2")
    assert hub.n_downloads == 0


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
