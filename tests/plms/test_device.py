import pytest
import torch

from interplm.errors import UserError
from interplm.plms.device import choose_device


def test_auto_takes_the_accelerator_or_else_the_cpu():
    expected = torch.accelerator.current_accelerator() or torch.device("cpu")
    assert choose_device("auto", setting="embedding.device") == expected


def test_a_device_that_is_not_there_is_refused_with_the_mend():
    with pytest.raises(UserError, match=r"embedding.device=nonsense cannot be used here"):
        choose_device("nonsense", setting="embedding.device")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_cuda_without_a_gpu_is_refused():
    with pytest.raises(UserError, match=r"embedding.device=cuda cannot be used here .*: choose"):
        choose_device("cuda", setting="embedding.device")
