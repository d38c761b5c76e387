"""Every yaml composes, says how to use it, and builds what it names."""

import hydra
import pytest
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from interplm.errors import UserError
from interplm.plms.weights import ESM2_MODELS
from interplm.proteins import ProteinSource
from interplm.runtime.configs import config_folder, register_resolvers
from interplm.runtime.instantiation import instantiate
from interplm.runtime.options import read_option
from interplm.training.revival import Revival

FOLDER = config_folder()
# Options read by fair-esm, which state their sizes.
OFFICIAL = [f"esm2_{size}" for size in ("8m", "35m", "150m", "650m", "3b", "15b")]
ROOTS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
GROUPS = {
    path.name: sorted(p.stem for p in path.glob("*.yaml"))
    for path in FOLDER.iterdir()
    if path.is_dir()
}
OPTIONS = [
    (group, option)
    for group, options in GROUPS.items()
    for option in options
    if group not in ("hydra", "stage")
]


def compose(root, *overrides):
    register_resolvers()
    with hydra.initialize_config_dir(str(FOLDER), version_base="1.3"):
        config = hydra.compose(root, [*overrides], return_hydra_config=True)
        HydraConfig.instance().set_config(config)
        return config


def composed(root, tmp_path, *overrides):
    config = compose(root, f"run={tmp_path}", "++name=test", *overrides)
    OmegaConf.set_struct(config, False)
    del config["hydra"]
    return config


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.yaml")), ids=lambda p: str(p.relative_to(FOLDER))
)
def test_every_file_opens_with_what_it_is_and_a_command(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# @package")]
    assert lines[0].startswith("# ")
    if path.parent.name != "hydra":
        assert "python -m interplm." in lines[0]


@pytest.mark.parametrize("root", ROOTS)
def test_every_root_composes(root):
    assert compose(root)


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_and_resolves_in_a_job(group, option, tmp_path):
    if group == "explorer":
        config = composed("explore", tmp_path, f"{group}={option}")
    elif group == "resource":
        mine = {"published_file": ("url", "path"), "accessions": ("accessions",)}.get(option, ())
        given = [f"resource.{name}=x" for name in mine]
        config = compose("download", f"{group}={option}", *given)
        OmegaConf.set_struct(config, False)
        del config["hydra"]
    else:
        layer = [] if group == "experiment" else ["layer=3"]
        path = [] if option == "demo" else ["proteins.path=x"]
        # What only its user knows.
        model = ["plm.source=owner/name"] if option == "huggingface" else []
        model += ["plm.d_model=16"] if group == "plm" else []
        config = composed("pipeline", tmp_path, f"{group}={option}", *layer, *path, *model)
    OmegaConf.resolve(config)


@pytest.mark.parametrize("option", [*OFFICIAL, "esm2_demo"])
def test_the_sizes_stated_for_a_plm_are_its_own(option):
    config = compose("embed", f"plm={option}", "proteins.path=x").plm
    sizes = ESM2_MODELS.get(config.model.model) or instantiate(config.model)
    assert (config.d_model, config.n_layers) == (sizes.d_model, sizes.n_layers)


@pytest.mark.parametrize("option", GROUPS["resource"])
def test_every_resource_is_something_to_download(option):
    assert read_option("resource", option)["_target_"].startswith("interplm.downloads.")


@pytest.mark.parametrize("option", ["esm2_8m", "esm2_demo"])
@pytest.mark.parametrize("control", ["untrained", "shuffled"])
def test_a_control_changes_the_name(option, control, tmp_path):
    config = composed("pipeline", tmp_path, f"plm={option}", f"plm.control={control}", "layer=3")
    assert config.plm.name == f"{option}_{control}0"


@pytest.mark.parametrize("option", GROUPS["proteins"])
def test_every_protein_source_is_built(option, tmp_path):
    path = [] if option == "demo" else ["proteins.path=a.fasta"]
    config = compose("embed", f"proteins={option}", f"paths.data={tmp_path}", *path)
    assert isinstance(instantiate(config.proteins.source), ProteinSource)
    assert instantiate(config.proteins.selection).max_residues == 1021


@pytest.mark.parametrize("option", GROUPS["trainer"])
def test_every_trainer_is_built_or_says_what_it_lacks(option, tmp_path):
    config = composed("train", tmp_path, f"trainer={option}", "layer=3")
    if option == "gpu" and not torch.cuda.is_available():
        with pytest.raises(InstantiationException, match="No supported gpu backend found"):
            instantiate(config.trainer)
    else:
        assert instantiate(config.trainer).max_steps == 3000


@pytest.mark.parametrize("option", GROUPS["sae"])
def test_every_sae_trains_with_every_experiment_s_settings(option, tmp_path):
    config = composed("train", tmp_path, f"sae={option}", "layer=3")
    model = instantiate(config.model)
    optimizers = model.configure_optimizers()
    assert model.sae.d_in == 320
    law = 2e-4 / (2560 / 2**14) ** 0.5 * (768 / 320) ** 0.5
    assert optimizers["optimizer"].defaults["lr"] == pytest.approx(law)


def test_the_sweep_of_architectures_leaves_none_out():
    swept = read_option("sweep", "architectures")["hydra"]["sweeper"]["params"]["sae"]
    assert sorted(swept.split(", ")) == GROUPS["sae"]


@pytest.mark.parametrize("option", GROUPS["revival"])
def test_every_remedy_for_dead_features_is_built(option, tmp_path):
    config = composed("train", tmp_path, f"revival={option}", "layer=3")
    assert isinstance(instantiate(config.model).revival, Revival)


@pytest.mark.parametrize("option", GROUPS["callbacks"])
def test_every_callback_is_built(option, tmp_path):
    config = composed("train", tmp_path, f"callbacks={option}", "layer=3")
    assert all(instantiate(entry) for entry in config.callbacks.values())


def test_fidelity_takes_the_proteins_file_unless_another_list_is_given(tmp_path):
    assert composed("train", tmp_path, "layer=3").fidelity.sequences is None
    given = composed("train", tmp_path, "layer=3", "proteins.path=a.fasta")
    assert given.fidelity.sequences == "a.fasta"
    demo = composed("pipeline", tmp_path, "experiment=demo")
    assert demo.fidelity.sequences == demo.proteins.annotations
    other = composed("pipeline", tmp_path, "experiment=demo", "fidelity.sequences=b.csv")
    assert other.fidelity.sequences == "b.csv"


@pytest.mark.parametrize("option", GROUPS["logger"])
def test_every_logger_is_built(option, tmp_path):
    overrides = ["logger.wandb.offline=true"] if option == "wandb" else []
    config = composed("train", tmp_path, f"logger={option}", "layer=3", *overrides)
    for entry in config.logger.values():
        instantiate(entry)


def test_an_architecture_out_of_range_is_refused_in_the_user_s_words(tmp_path):
    config = composed("train", tmp_path, "sae=topk", "sae.k=0", "layer=3")
    with pytest.raises(UserError, match=r"sae.k must be in 1..d_sae=2560, got 0"):
        instantiate(config.model)
