import pytest
import yaml
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from interplm.errors import BrokenArtifact, UserError
from interplm.runtime.instantiation import instantiate, instantiate_all, instantiate_recorded

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


DEMO = {
    "_target_": "interplm.plms.esm2.load_esm2", "name": "esm2_demo", "model": "esm2_demo",
    "weights": {"_target_": "interplm.demo.esm2_demo_weights"},
    "base_url": None, "hub_folder": None, "control": None, "seed": 0,
}  # fmt: skip


def test_a_recorded_plm_that_our_files_could_name_is_made():
    assert instantiate_recorded("plm", DEMO, where="inputs.yaml").name == "esm2_demo"


@pytest.mark.parametrize("text", [
    "_target_: sympy.sympify\na: 1",
    "_target_: builtins.exec\n_args_: ['raise SystemExit']",
    "_target_: pathlib.Path.write_text\nself: x",
    "_target_: interplm.plms.esm2.load_esm2\n_partial_: true",
    "_target_: interplm.plms.esm2.load_esm2\nname: {_target_: os.getcwd}",
    "_target_: interplm.plms.esm2.load_esm2\nname: ['${oc.env:HOME}']",
    "_target_: interplm.plms.esm2.load_esm2\nweights: {_target_: interplm.demo.esm2_demo_weights, "
    "_args_: [1]}",
    "_target_: interplm.plms.esm2.load_esm2\n_args_: [1]",
    "_target_: 3",
    "{}",
])  # fmt: skip
def test_anything_else_that_a_folder_names_is_not_made(text):
    with pytest.raises(BrokenArtifact, match=r"inputs.yaml asks for .* so it is not made"):
        instantiate_recorded("plm", yaml.safe_load(text), where="inputs.yaml")
