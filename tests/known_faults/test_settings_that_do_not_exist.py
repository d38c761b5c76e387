"""Original InterPLM: the JumpReLU example set fields that its config does not have."""

import inspect

import pytest
from hydra.utils import get_class
from omegaconf import OmegaConf

from interplm.runtime.configs import config_folder

SHIPPED = sorted(
    path
    for group in ("sae", "revival", "data")
    for path in (config_folder() / group).glob("*.yaml")
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_config_sets_all_that_its_class_asks_for_and_nothing_else(path):
    settings = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    made = get_class(settings.pop("_target_"))
    parameters = inspect.signature(made).parameters.values()
    keywords = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert set(settings) == keywords
