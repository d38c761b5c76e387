import os
import pickle

import pytest
import torch
from esm.pretrained import load_model_and_alphabet_core
from tests.plms.checkpoints import network, write_official

from interplm.errors import BrokenArtifact, InaccessibleFile, MissingArtifact
from interplm.plms.esm2_checkpoint import read_checkpoint, write_checkpoint


def test_what_is_written_reads_back_exactly(tmp_path):
    made = network()
    write_checkpoint(made, tmp_path / "a.pt", dtype=torch.float32)
    read = read_checkpoint(tmp_path / "a.pt").state_dict()
    for name, tensor in made.state_dict().items():
        if "contact_head" not in name:
            assert torch.equal(read[name], tensor), name


def test_fair_esm_itself_reads_what_is_written(tmp_path):
    write_checkpoint(network(), tmp_path / "a.pt", dtype=torch.float32)
    data = torch.load(tmp_path / "a.pt", weights_only=False)  # our own file
    with pytest.warns(UserWarning, match="Regression weights not found"):
        model, _ = load_model_and_alphabet_core("esm2_small", data, None)
    assert torch.equal(model.embed_tokens.weight, network().embed_tokens.weight)


def test_half_precision_rounds_parameters_but_not_the_rotary_frequencies(tmp_path):
    made = network()
    write_checkpoint(made, tmp_path / "a.pt", dtype=torch.float16)
    read = read_checkpoint(tmp_path / "a.pt")
    weight = read.layers[0].fc1.weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, made.layers[0].fc1.weight.half().float())
    frequencies = [m.layers[0].self_attn.rot_emb.inv_freq for m in (read, made)]
    assert torch.equal(*frequencies)


def test_the_official_format_has_the_same_keys(tmp_path):
    write_official(network(), tmp_path / "official.pt")
    write_checkpoint(network(), tmp_path / "ours.pt", dtype=torch.float32)
    official, ours = (
        torch.load(tmp_path / f"{name}.pt", weights_only=False)  # our own files
        for name in ("official", "ours")
    )
    assert official["model"].keys() == ours["model"].keys()
    assert vars(official["cfg"]["model"]) == vars(ours["cfg"]["model"])


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"cfg": {"model": Evil()}, "model": {}}, tmp_path / "evil.pt")
    with pytest.raises(BrokenArtifact, match=r"evil.pt is not a readable ESM-2 checkpoint"):
        read_checkpoint(tmp_path / "evil.pt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "content",
    [{"model": {}}, {"cfg": {}, "model": {}}, [1, 2], {"cfg": {"model": 3}, "model": {}}],
)
def test_another_file_of_tensors_is_refused_with_the_mend(tmp_path, content):
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(BrokenArtifact, match=r"not an ESM-2 checkpoint in fair-esm's format"):
        read_checkpoint(tmp_path / "other.pt")


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1})])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(BrokenArtifact, match=r"a.pt is not"):
        read_checkpoint(tmp_path / "a.pt")


def test_a_pointer_of_git_lfs_is_called_one_and_no_advice_to_run_code_is_passed_on(tmp_path):
    (tmp_path / "a.pt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(MissingArtifact, match="only points to a file of Git LFS"):
        read_checkpoint(tmp_path / "a.pt")
    torch.save({"a": object}, tmp_path / "b.pt")
    with pytest.raises(BrokenArtifact) as caught:
        read_checkpoint(tmp_path / "b.pt")
    assert "weights_only" not in str(caught.value)


def test_too_little_memory_says_nothing_against_the_file(tmp_path, monkeypatch):
    write_checkpoint(network(), tmp_path / "a.pt", dtype=torch.float32)
    monkeypatch.setattr(torch, "load", no_memory)
    with pytest.raises(InaccessibleFile, match="not enough memory"):
        read_checkpoint(tmp_path / "a.pt")


def no_memory(*_, **__):
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")


def test_weights_of_other_sizes_are_refused(tmp_path):
    write_official(network(), tmp_path / "a.pt")
    data = torch.load(tmp_path / "a.pt", weights_only=False)  # our own file
    data["cfg"]["model"].encoder_layers = 2
    torch.save(data, tmp_path / "a.pt")
    with pytest.raises(BrokenArtifact, match="not an ESM-2 checkpoint in fair-esm's format"):
        read_checkpoint(tmp_path / "a.pt")
