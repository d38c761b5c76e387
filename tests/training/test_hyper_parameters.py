import json
from functools import partial
from pathlib import Path

import pytest
import torch
from tests.training.runs import REVIVALS, SHIPPED, build_revival, module

from interplm.errors import BrokenArtifact
from interplm.training.hyper_parameters import made_parts, plain, plain_parts


def said_of(made):
    return plain_parts(made.sae, made._parts)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("revival", REVIVALS)
def test_parts_come_back_from_plain_values(name, revival):
    made = module(name, revival=revival, max_norm_multiple=2.0)
    said = said_of(made)
    assert json.loads(json.dumps(said)) == said
    parts = made_parts(said, given={}, where=Path("a.ckpt"))
    assert type(parts["sae"]) is type(made.sae)
    assert parts["sae"].settings() == made.sae.settings()
    assert plain(parts["revival"]) == plain(made.revival)
    assert parts["max_norm_multiple"] == 2.0
    assert parts["sparsity_schedule"](1) == made._sparsity_schedule(1)
    optimizer = parts["optimizer"]([torch.nn.Parameter(torch.zeros(1))])
    assert isinstance(optimizer, torch.optim.Adam)
    assert parts["scheduler"](optimizer).last_epoch == 0


@pytest.mark.parametrize("name", REVIVALS)
def test_every_shipped_setting_of_a_remedy_is_kept(name):
    given = build_revival(name, n_steps=40)
    assert plain(given) == plain(
        type(given)(**{k: v for k, v in plain(given).items() if k != "kind"})
    )


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("optimizer", "system"),
        ("optimizer", "Optimizer.__init__"),
        ("optimizer", "lr_scheduler"),
        ("scheduler", "os"),
        ("revival", "Path"),
        ("sparsity_schedule", "eval"),
    ],
)
def test_a_checkpoint_cannot_name_anything_else(part, kind):
    said = said_of(module()) | {part: {"kind": kind}}
    with pytest.raises(ValueError, match=rf"{kind} is not known here: give {part}=\.\.\. to load"):
        made_parts(said, given={}, where=Path("a.ckpt"))


def test_an_architecture_that_is_not_known_is_named_with_the_file():
    said = said_of(module())
    said["sae"]["architecture"] = "nonesuch"
    with pytest.raises(BrokenArtifact, match=r"a.ckpt names the architecture 'nonesuch'"):
        made_parts(said, given={}, where=Path("a.ckpt"))


def test_what_is_given_takes_the_place_of_what_is_said():
    said = said_of(module()) | {"optimizer": {"kind": "mine"}}
    mine = partial(torch.optim.SGD, lr=1.0)
    assert made_parts(said, given={"optimizer": mine}, where=Path("a"))["optimizer"] is mine


def test_lists_of_other_libraries_become_plain():
    from omegaconf import OmegaConf

    made = partial(torch.optim.Adam, lr=1, betas=OmegaConf.create([0.9, 0.99]))
    assert plain(made) == {"kind": "Adam", "lr": 1, "betas": [0.9, 0.99]}
