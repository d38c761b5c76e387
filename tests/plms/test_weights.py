import pytest
import torch
from tests.files.misbehaving_server import Fault, Server, serve

from interplm.errors import MissingArtifact, UserError
from interplm.plms.weights import ESM2_MODELS, locate_esm2_weights

NAME = "esm2_t6_8M_UR50D"


def locate(model=NAME, **changes):
    settings = {"weights": None, "base_url": None, "hub_folder": None}
    return locate_esm2_weights(model, **settings | changes)


def test_the_six_published_models_are_known_by_their_sizes():
    sizes = {name: (a.n_layers, a.d_model, a.n_heads) for name, a in ESM2_MODELS.items()}
    assert sizes["esm2_t33_650M_UR50D"] == (33, 1280, 20)
    assert sizes["esm2_t48_15B_UR50D"] == (48, 5120, 40)
    assert len(sizes) == 6


def test_a_local_file_wins_whatever_its_model_is_called(tmp_path):
    (tmp_path / "mine.pt").write_bytes(b"x")
    assert locate("esm2_mine", weights=tmp_path / "mine.pt") == tmp_path / "mine.pt"


def test_the_hub_s_copy_is_used_without_a_network(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = tmp_path / "hub" / "checkpoints" / f"{NAME}.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert locate() == path
    assert str(path).startswith(torch.hub.get_dir())


def test_a_model_not_there_yet_is_downloaded_into_the_hub_once(tmp_path):
    busy = Fault(status=503, headers={"Retry-After": "0"})
    with serve(Server(b"weights" * 1000, faults=[busy])) as server:
        base_url = server.url.removesuffix("file.pt")
        path = locate(base_url=base_url, hub_folder=tmp_path)
        assert locate(base_url=base_url, hub_folder=tmp_path) == path
    assert path == tmp_path / "checkpoints" / f"{NAME}.pt"
    assert path.read_bytes() == b"weights" * 1000


def test_without_an_address_nothing_is_downloaded(tmp_path):
    with pytest.raises(MissingArtifact, match=r"does not exist: download it there, or give plm"):
        locate(hub_folder=tmp_path)


def test_an_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match=r"esm2_t7 is not one of esm2_t6_8M_UR50D, .*15B_UR50D"):
        locate("esm2_t7")
