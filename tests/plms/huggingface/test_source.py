import importlib
import sys

import pytest
from tests.interchange.hub_server import HubServer
from tests.plms.huggingface import models

from interplm.errors import MissingArtifact, UserError
from interplm.plms.huggingface.source import model_folder, weight_files

REPOSITORY = "somebody/tiny-plm"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Of a model with weights in both formats, and what no model needs beside."""
    folder = tmp_path_factory.mktemp("model")
    models.write_bert(folder, models.PROTBERT, n_positions=80)
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    others = (
        "pytorch_model.bin",
        "modeling_evil.py",
        "onnx/model.safetensors",
        "training_args.bin",
    )
    return contents | dict.fromkeys(others, b"not for us")


@pytest.fixture
def hub(files, tmp_path, monkeypatch):
    server = HubServer()
    server.repositories[REPOSITORY] = dict(files)
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    _read_environment_again()
    yield server
    server.close()
    monkeypatch.undo()
    _read_environment_again()


def _read_environment_again():
    for name in [name for name in sys.modules if name.split(".")[0] == "huggingface_hub"]:
        del sys.modules[name]
    importlib.import_module("huggingface_hub")


def fetch(source=REPOSITORY, **changes):
    return model_folder(source, **{"revision": None, "with_weights": True} | changes)


def test_of_a_repository_only_descriptions_and_safetensors_come(hub, files):
    folder = fetch()
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert names == {"config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors"}
    assert [path.name for path in weight_files(folder)] == ["model.safetensors"]


def test_without_safetensors_the_pytorch_weights_come(hub):
    del hub.repositories[REPOSITORY]["model.safetensors"]
    assert [path.name for path in weight_files(fetch())] == ["pytorch_model.bin"]


def test_an_untrained_control_downloads_no_weights(hub):
    folder = fetch(with_weights=False)
    with pytest.raises(MissingArtifact, match="holds no weights"):
        weight_files(folder)


def test_the_second_time_the_cache_serves_even_without_the_hub(hub, monkeypatch):
    folder = fetch()
    n_downloads = hub.n_downloads
    assert fetch() == folder
    hub.close()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    _read_environment_again()
    assert fetch() == folder
    assert hub.n_downloads == n_downloads


def test_offline_without_a_copy_is_one_sentence(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    _read_environment_again()
    with pytest.raises(UserError, match=r"somebody/tiny-plm is no folder here, and could not be"):
        fetch()
    assert hub.n_downloads == 0


def test_an_unknown_repository_is_one_sentence(hub):
    with pytest.raises(UserError, match=r"nobody/nothing is no folder here, and could not be used"):
        fetch("nobody/nothing")


@pytest.mark.parametrize("source", ["tiny", "/nowhere/tiny", "a/b/c"])
def test_what_is_neither_folder_nor_id_is_refused(source):
    with pytest.raises(MissingArtifact, match=r"is neither a folder nor owner/name"):
        fetch(source)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(MissingArtifact, match=r"holds no model \(config.json is missing\)"):
        fetch(str(tmp_path))


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r"pip install interplm\[huggingface\]"):
        fetch()
