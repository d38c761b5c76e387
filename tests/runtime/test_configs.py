import pytest
from omegaconf import OmegaConf

from interplm.runtime.configs import compose, config_folder, register_resolvers, without_null
from interplm.runtime.instantiation import instantiate


def test_the_folder_is_absolute_and_holds_the_root_configs():
    folder = config_folder()
    assert folder.is_absolute()
    assert {"embed.yaml", "train.yaml", "pipeline.yaml"} <= {path.name for path in folder.iterdir()}


def test_a_notebook_composes_what_a_command_line_would():
    cfg = compose("train", "experiment=layer3", "sae=topk", "sae.k=8")
    assert (cfg.layer, cfg.sae.k, cfg.trainer.max_steps) == (3, 8, 3000)
    assert cfg.run.startswith("interplm_data/runs/esm2_8m_layer3_topk_k8_")


@pytest.mark.parametrize("group", ["callbacks", "logger"])
def test_null_switches_a_group_off(group):
    assert compose("train", "layer=3", f"{group}=null")[group] is None


@pytest.mark.parametrize(("word", "read"), [
    ("callbacks=null", "~callbacks"), ("seed=null", "seed=null"), ("a.b=null", "a.b=null"),
    ("callbacks=ema", "callbacks=ema"), ("=null", "=null"),
])  # fmt: skip
def test_only_groups_are_deleted_by_null(word, read):
    assert without_null(word) == read


def test_a_node_can_be_passed_as_a_call_not_yet_made():
    register_resolvers()
    config = OmegaConf.create(
        {
            "base": 16,
            "made": {"_target_": "builtins.int", "_args_": ["11"], "base": "${base}"},
            "taker": {"_target_": "builtins.dict", "wanted": "${later:${made}}"},
        }
    )
    later = instantiate(config.taker)["wanted"]
    assert not isinstance(later, int)
    assert later() == 0x11
