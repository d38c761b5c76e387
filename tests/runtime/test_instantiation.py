import pytest
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from interplm.errors import UserError
from interplm.runtime.instantiation import instantiate, instantiate_all

TOPK = {"_target_": "interplm.sae.TopKSAE", "d_in": 4, "d_sae": 8, "k": 2, "kernel": "auto"}


def test_a_target_is_built():
    assert instantiate(OmegaConf.create(TOPK)).k == 2


def test_a_constructor_s_own_complaint_comes_through():
    with pytest.raises(UserError, match=r"^sae.k must be in 1..d_sae=8, got 9.$"):
        instantiate(OmegaConf.create(TOPK | {"k": 9}))


def test_a_user_error_comes_through_as_it_is():
    config = {
        "_target_": "interplm.proteins.Selection", "min_residues": 1, "max_residues": None,
        "n_proteins": 0, "seed": 0,
    }  # fmt: skip
    with pytest.raises(UserError, match="n_proteins must be at least 1"):
        instantiate(OmegaConf.create(config))


def test_a_wrong_target_stays_hydra_s_error():
    with pytest.raises(InstantiationException):
        instantiate(OmegaConf.create({"_target_": "interplm.nonesuch"}))


def test_a_group_gives_its_entries_in_order_without_those_set_to_null():
    group = OmegaConf.create({"a": {"_target_": "builtins.dict", "x": 1}, "b": None})
    assert instantiate_all(group) == [{"x": 1}]
    assert instantiate_all(None) == []
