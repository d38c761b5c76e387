import pytest
import torch
from tests.evaluation.plms import settings

from interplm.errors import UserError


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_sequences": 0}, r"fidelity.n_sequences must be at least 1 or null, got 0"),
        ({"masked_fraction": 0.0}, r"fidelity.masked_fraction must be between 0 and 1, got 0.0"),
        ({"masked_fraction": 1.0}, r"fidelity.masked_fraction must be between 0 and 1, got 1.0"),
        ({"residues_per_batch": 0}, r"fidelity.residues_per_batch must be at least 1, got 0"),
        ({"cache_dtype": "int8"}, r"fidelity.cache_dtype must be float32 or float16, got 'int8'"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_its_name(change, message):
    with pytest.raises(UserError, match=message):
        settings(**change)


def test_the_dtype_is_torch_s():
    assert settings(cache_dtype="float16").dtype is torch.float16
