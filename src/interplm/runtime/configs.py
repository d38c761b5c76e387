"""Where the yaml files are, what they may call, and composing them without a job."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue

import interplm
from interplm.errors import MissingArtifact
from interplm.plugins import plugin_config_folders

# What a yaml file may call, `${name:argument,…}`, and where it is defined. A module is imported
# when a value is asked for, so that --help does without PyTorch.
RESOLVERS = {
    "control_suffix": "interplm.plms.names",
    "model_name": "interplm.plms.names",
    "l1_law": "interplm.sae.relu",
    "lr_law": "interplm.training.schedules",
    "half": "interplm.training.schedules",
    "run_name": "interplm.runtime.naming",
    "scores_folder": "interplm.runtime.naming",
    "sae_option": "interplm.runtime.naming",
    "later": "interplm.runtime.instantiation",
}
_DATA_VARIABLE = "INTERPLM_DATA"
_KNOW_THE_ROOT = ("run_name", "scores_folder", "sae_option")


def config_folder() -> Path:
    """The absolute folder of the configs: inside an installed wheel, or beside src/ in a checkout.

    Raises:
        MissingArtifact: if the package was installed without them.
    """
    package = Path(interplm.__file__).parent
    for folder in (package / "configs", package.parents[1] / "configs"):
        if (folder / "train.yaml").is_file():
            return folder
    raise MissingArtifact(
        f"The configs of InterPLM are neither in {package} nor beside its source: install it again "
        "with `pip install interplm`, or run it from a checkout."
    )


def prepare() -> None:
    """What must come before Hydra composes anything: resolvers, and the yaml files of plugins."""
    register_resolvers()
    if _DATA_VARIABLE in os.environ:  # which a shell leaves as it is within quotes
        os.environ[_DATA_VARIABLE] = str(Path(os.environ[_DATA_VARIABLE]).expanduser())
    if plugin_config_folders():
        Plugins.instance().register(_PluginConfigs)


def register_resolvers() -> None:
    """Make the functions that the yaml files use known to OmegaConf; calling twice is harmless."""
    for name, module in RESOLVERS.items():
        resolver = _with_root if name in _KNOW_THE_ROOT else _plain
        OmegaConf.register_new_resolver(name, resolver(module, name), replace=True)


def compose(job: str, *overrides: str) -> DictConfig:
    """The config of a job as its command line would make it, in a notebook or a test.

    Args:
        job: name of the job, such as "train".
        overrides: as on the command line, such as "sae=topk" or "sae.k=16".
    """
    prepare()
    words = [without_null(word) for word in overrides]
    if GlobalHydra.instance().is_initialized():
        return hydra.compose(job, words)
    with hydra.initialize_config_dir(str(config_folder()), version_base="1.3"):
        return hydra.compose(job, words)


def as_plain(cfg: Any) -> Any:
    """A config as plain values (Any: at each depth), resolved as far as everything is given."""
    if not OmegaConf.is_config(cfg):
        return cfg
    if OmegaConf.is_list(cfg):
        return [as_plain(value) for value in cfg]
    return {str(name): _plain_entry(cfg, name) for name in cfg}


def _plain_entry(cfg: DictConfig, name: Any) -> Any:  # Any: keys and values of a config
    try:
        return as_plain(cfg[name])
    except (MissingMandatoryValue, InterpolationResolutionError):
        return OmegaConf.to_container(cfg, resolve=False)[name]  # type: ignore[index]


def without_null(word: str) -> str:
    """`group=null` as Hydra writes it, `~group`; any other word of a command line as it is."""
    group, mark, value = word.partition("=")
    is_group = mark and value == "null" and (config_folder() / group).is_dir() and group
    return f"~{group}" if is_group else word


def _plain(module: str, name: str) -> Callable[..., Any]:  # Any: as each function's values are
    def call(*arguments: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*arguments)

    return call


def _with_root(module: str, name: str) -> Callable[..., Any]:  # Any: as above
    def call(*, _root_: DictConfig) -> Any:
        return getattr(importlib.import_module(module), name)(_root_)

    return call


class _PluginConfigs(SearchPathPlugin):
    """Puts the yaml files of plugins behind ours, so that none of ours is replaced."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in plugin_config_folders():
            search_path.append(provider="interplm-plugin", path=f"file://{folder}")
