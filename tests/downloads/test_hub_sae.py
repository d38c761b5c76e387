"""Published SAEs and packs, from a stand-in of the Hugging Face hub."""

import pytest
from tests.interchange.hub_server import HubServer, stands_for_the_hub
from tests.packs.packs import small_pack

import interplm
from interplm.downloads import HubSAE
from interplm.errors import UserError
from interplm.packs import save_pack

pytest.importorskip("huggingface_hub")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    server = HubServer()
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    stands_for_the_hub(server, monkeypatch, cache=tmp_path / "cache")
    save_pack(small_pack(), tmp_path / "pack")
    server.repositories["me/pack"] = {
        path.name: path.read_bytes() for path in (tmp_path / "pack").iterdir()
    }
    yield server
    server.close()


def resource(id, **changes):
    settings = {"id": id, "layer": None, "n_attempts": 5, "timeout_s": 5.0, "offline": False}
    return HubSAE(**settings | changes)


def test_a_pack_is_fetched_once_and_then_there_without_a_network(hub):
    hub.n_faults = 3
    made = resource("me/pack")
    folder = made.get()
    assert {"pack.yaml", "labels.tsv", "sae.safetensors"} <= {p.name for p in folder.iterdir()}
    assert made.request()["url"] == f"{hub.address}/me/pack"
    n_downloads = hub.n_downloads
    resource("me/pack").get()
    assert hub.n_downloads == n_downloads
    hub.close()
    assert resource("me/pack", offline=True).get() == folder


def test_a_pack_by_its_id_keeps_its_names(hub):
    assert set(interplm.load("me/pack").labels) == {2, 5, 7}


def test_what_the_hub_does_not_have_is_not_asked_for_again(hub):
    with pytest.raises(UserError, match="could not be used on the Hugging Face hub"):
        resource("me/nothing").get()
    with pytest.raises(UserError, match=r"resource.id=pack is no id of the hub"):
        resource("pack")
