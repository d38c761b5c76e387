import math

import pytest
from omegaconf import OmegaConf

from interplm.runtime.configs import (
    config_folder,
    control_suffix,
    l1_law,
    lr_law,
    override_suffix,
    register_resolvers,
)
from interplm.runtime.instantiation import instantiate


def test_the_folder_is_absolute_and_holds_the_root_configs():
    folder = config_folder()
    assert folder.is_absolute()
    assert {"embed.yaml", "train.yaml", "pipeline.yaml"} <= {path.name for path in folder.iterdir()}


def test_the_learning_rate_law():
    assert lr_law(2**14, 768) == pytest.approx(2e-4)
    assert lr_law(2**12, 768) == pytest.approx(4e-4)
    assert lr_law(10_240, 768) == pytest.approx(2e-4 / math.sqrt(0.625))
    assert lr_law(2**14, 192) == pytest.approx(4e-4)


def test_a_control_is_part_of_the_name():
    assert control_suffix(None, 0) == ""
    assert control_suffix("shuffled", 3) == "_shuffled3"


@pytest.mark.parametrize(
    ("overrides", "suffix"),
    [
        ("", ""),
        ("sae.k=32,sae=topk", "-sae.k=32,sae=topk"),
        ("data.folder=/a b/c", "-data.folder=_a_b_c"),
    ],
)
def test_overrides_name_a_folder_without_leaving_it(overrides, suffix):
    assert override_suffix(overrides) == suffix


def test_overrides_that_differ_only_beyond_the_limit_get_different_names():
    long = "x=" + "a" * 300
    assert override_suffix(long + "1") != override_suffix(long + "2")
    assert len(override_suffix(long)) < 200


def test_a_node_can_be_passed_as_a_call_not_yet_made():
    register_resolvers()
    config = OmegaConf.create(
        {
            "base": 16,
            "made": {"_target_": "builtins.int", "_args_": ["11"], "base": "${base}"},
            "taker": {"_target_": "builtins.dict", "later": "${partial:${made}}"},
        }
    )
    later = instantiate(config.taker)["later"]
    assert not isinstance(later, int)
    assert later() == 0x11


def test_the_l1_coefficient_follows_the_width():
    assert 0.07 < l1_law(320) < 0.2
    assert l1_law(4 * 320) == pytest.approx(l1_law(320) / 2)
    assert l1_law(6) == 0.25
