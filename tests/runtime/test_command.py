import random
import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from interplm.runtime.command import command, follow_up, hydra_value, setting


def read(text, name="x"):
    """What Hydra makes of a word of the command line."""
    cfg = OmegaConf.create({name: None})
    OmegaConf.update(cfg, name, OverridesParser.create().parse_override(text).value())
    return cfg[name]


def test_any_path_comes_back_as_it_was():
    letters = "ab/ .'\"\\${}[](),=:#%&*!?~^|<>;`-_0123 é\t"
    draw = random.Random(0)
    for _ in range(2000):
        path = "".join(draw.choice(letters) for _ in range(draw.randint(1, 12)))
        [word] = shlex.split(shlex.quote(setting("x", path)))
        assert read(word) == path


@pytest.mark.parametrize("value", [
    3, 2.5e-7, True, None, [3, 6], ["a b", "c"], "null", "true", "12", "1e5", "inf", "", ".5",
    {"a": 1},
])  # fmt: skip
def test_values_keep_their_type(value):
    assert read(f"x={hydra_value(value)}") == value


def test_a_plain_command_has_no_quotes():
    assert command("evaluate", run="data/runs/esm2_8m_layer3", dataset=None) == (
        "python -m interplm.evaluate run=data/runs/esm2_8m_layer3"
    )


def test_a_path_with_spaces_is_quoted_for_hydra_and_the_shell():
    said = command("evaluate", run="my data/run=1")
    assert shlex.split(said)[3:] == ["run='my data/run=1'"]


def test_a_data_folder_that_was_chosen_is_in_the_command():
    cfg = OmegaConf.create({"paths": {"data": "/big disk"}})
    assert shlex.split(follow_up(cfg, "explore", run="r"))[3:] == [
        "run=r",
        "paths.data='/big disk'",
    ]
    cfg.paths.data = "interplm_data"
    assert follow_up(cfg, "explore", run="r") == "python -m interplm.explore run=r"
