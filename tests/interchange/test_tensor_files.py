from collections import OrderedDict

import pytest
import torch

from interplm.errors import BrokenArtifact, MissingArtifact
from interplm.interchange.tensor_files import (
    read_json,
    read_safetensors,
    read_state_dict,
    read_yaml,
)  # fmt: skip


class Touches:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_state_dict_is_read(tmp_path):
    torch.save(OrderedDict(bias=torch.ones(2)), tmp_path / "ae.pt")
    assert torch.equal(read_state_dict(tmp_path / "ae.pt")["bias"], torch.ones(2))


@pytest.mark.parametrize("legacy", [False, True])
def test_pickled_code_is_never_run(tmp_path, legacy):
    path = tmp_path / "ae.pt"
    torch.save({"bias": Touches(tmp_path / "ran")}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(BrokenArtifact, match=r"ae.pt (holds other Python objects|is damaged)"):
        read_state_dict(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [torch.nn.Linear(2, 2), [torch.ones(1)], {"epoch": 3}])
def test_anything_but_named_tensors_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "ae.pt")
    with pytest.raises(BrokenArtifact, match=r"never loaded: save it again with torch.save"):
        read_state_dict(tmp_path / "ae.pt")


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_file_is_damaged(tmp_path, share):
    path = tmp_path / "ae.pt"
    torch.save({"bias": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(BrokenArtifact, match=r"ae.pt is damaged: download or copy it again"):
        read_state_dict(path)


@pytest.mark.parametrize("read", [read_json, read_safetensors, read_state_dict, read_yaml])
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
