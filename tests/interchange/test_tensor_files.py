import random
from argparse import Namespace
from collections import OrderedDict

import pytest
import torch
from safetensors.torch import save_file

from interplm.errors import BrokenArtifact, InaccessibleFile, MissingArtifact
from interplm.interchange.tensor_files import (
    check_state_dict,
    read_checkpoint,
    read_json,
    read_safetensors,
    read_weights,
    read_yaml,
)


class Touches:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["ae.pt", "model.safetensors", "final"])
def test_tensors_are_read_whatever_the_file_is_called(tmp_path, name):
    torch.save(OrderedDict(bias=torch.ones(2)), tmp_path / name)
    assert torch.equal(read_weights(tmp_path / name)["bias"], torch.ones(2))
    save_file({"bias": torch.ones(3)}, tmp_path / name)
    assert torch.equal(read_weights(tmp_path / name)["bias"], torch.ones(3))


def test_plain_values_and_a_command_line_s_settings_are_read_beside_tensors(tmp_path):
    settings = Namespace(k=32, layers=[1, 2], inner=Namespace(lr=0.1))
    content = {"state": OrderedDict(bias=torch.ones(2)), "hyper_parameters": {"args": settings}}
    torch.save(content, tmp_path / "x.ckpt")
    found = read_checkpoint(tmp_path / "x.ckpt")
    assert found["hyper_parameters"] == {"args": {"k": 32, "layers": [1, 2], "inner": {"lr": 0.1}}}
    with pytest.raises(BrokenArtifact, match=r"holds other Python objects than named tensors"):
        check_state_dict(found, tmp_path / "x.ckpt")


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
@pytest.mark.parametrize("save", [torch.save, save_file])
def test_what_parallel_or_compiled_training_puts_before_names_is_left_out(tmp_path, prefix, save):
    save({f"{prefix}{name}": torch.ones(2) for name in ("a", "b")}, tmp_path / "sae")
    assert read_weights(tmp_path / "sae").keys() == {"a", "b"}


def test_names_that_only_some_tensors_share_stay(tmp_path):
    torch.save({"module.a": torch.ones(2), "b": torch.ones(2)}, tmp_path / "sae")
    assert read_weights(tmp_path / "sae").keys() == {"module.a", "b"}


def test_too_little_memory_says_nothing_against_the_file(tmp_path, monkeypatch):
    def no_memory(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")

    save_file({"a": torch.ones(2)}, tmp_path / "sae.safetensors")
    monkeypatch.setattr("safetensors.torch.load_file", no_memory)
    with pytest.raises(InaccessibleFile, match="not enough memory"):
        read_safetensors(tmp_path / "sae.safetensors")


def test_a_pointer_of_git_lfs_is_named(tmp_path):
    (tmp_path / "sae.ckpt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(MissingArtifact, match=r"sae.ckpt only points to a file of Git LFS: fetch"):
        read_weights(tmp_path / "sae.ckpt")


@pytest.mark.parametrize("legacy", [False, True])
def test_pickled_code_is_never_run(tmp_path, legacy):
    path = tmp_path / "ae.pt"
    torch.save({"bias": Touches(tmp_path / "ran")}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(BrokenArtifact, match=r"ae.pt (holds other Python objects|is damaged)"):
        read_weights(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [torch.nn.Linear(2, 2), [torch.ones(1)], {3: torch.ones(1)}])
def test_anything_but_what_has_names_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "ae.pt")
    with pytest.raises(BrokenArtifact, match=r"never loaded: save it again with torch.save"):
        read_weights(tmp_path / "ae.pt")


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_file_is_damaged(tmp_path, share):
    path = tmp_path / "ae.pt"
    torch.save({"bias": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(BrokenArtifact, match=r"ae.pt is damaged: download or copy it again"):
        read_weights(path)


@pytest.mark.parametrize("legacy", [False, True])
def test_changed_bytes_are_damage_whatever_they_do_to_the_reader(tmp_path, legacy):
    path, draw = tmp_path / "ae.pt", random.Random(0)
    torch.save({"bias": torch.ones(3)}, path, _use_new_zipfile_serialization=not legacy)
    whole = path.read_bytes()
    n_damaged = 0
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(3):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        path.write_bytes(changed)
        try:
            read_weights(path)
        except (BrokenArtifact, MissingArtifact):
            n_damaged += 1
    assert n_damaged > 30


@pytest.mark.parametrize("read", [read_json, read_safetensors, read_weights, read_yaml])
def test_other_contents_are_named_with_the_mend(tmp_path, read):
    path = tmp_path / "file"
    with pytest.raises(MissingArtifact, match=r"file does not exist: give the folder"):
        read(path)
    path.write_bytes(b"\xff{ nothing: [")
    with pytest.raises(BrokenArtifact, match=r"file is .*: download or copy it again"):
        read(path)


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_a_config_is_a_mapping(tmp_path, read):
    (tmp_path / "file").write_text("[1, 2]")
    with pytest.raises(BrokenArtifact, match="file holds no settings"):
        read(tmp_path / "file")
