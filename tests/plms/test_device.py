import pytest
import torch

from interplm.errors import UserError
from interplm.plms.device import choose_device


@pytest.mark.parametrize(
    ("built_for", "is_available", "expected"),
    [
        (None, False, "cpu"),  # CPU build
        ("cuda", False, "cpu"),  # CUDA build on a machine without a GPU
        ("cuda", True, "cuda"),
        ("mps", False, "cpu"),  # Apple build in a virtual machine
        ("mps", True, "mps"),
    ],
)
def test_auto_takes_the_accelerator_that_can_be_used_now(
    built_for, is_available, expected, monkeypatch
):
    device = None if built_for is None else torch.device(built_for)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda *_, **__: device)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: is_available)
    assert choose_device("auto", setting="embedding.device") == torch.device(expected)


def test_auto_gives_a_device_that_computes():
    assert torch.ones(1, device=choose_device("auto", setting="device")).item() == 1


def test_a_device_that_is_not_there_is_refused_with_the_mend():
    with pytest.raises(UserError, match=r"embedding.device=nonsense cannot be used here"):
        choose_device("nonsense", setting="embedding.device")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_cuda_without_a_gpu_is_refused():
    with pytest.raises(UserError, match=r"embedding.device=cuda cannot be used here .*: choose"):
        choose_device("cuda", setting="embedding.device")
