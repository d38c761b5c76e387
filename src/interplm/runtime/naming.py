"""The name of a training run, which follows from its identity and from nothing else."""

import functools
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.command import setting
from interplm.runtime.configs import compose
from interplm.runtime.identity import identity_of, plain
from interplm.runtime.options import likeliest_option, option_names, read_option

LONGEST_NAME = 80
_DIGEST_LENGTH = 8
# Groups that an identity holds, with the entry that does.
_GROUPS = {
    "sae": ("model", "sae"),
    "revival": ("model", "revival"),
    "optimizer": ("model", "optimizer"),
    "scheduler": ("model", "scheduler"),
    "data": ("data",),
}
# Settings that are shown first where there is no room for all that differ.
_FIRST_SHOWN = ("sae.", "optimizer.", "seed", "trainer.", "dataset")


def run_name(cfg: DictConfig) -> str:
    """`<plm>_layer<l>_<sae>`, and what differs from the defaults with a digest of the identity.

    The same settings give the same name, whichever way they were typed, and other settings another
    one. An experiment that states a `short_name` has it as long as nothing else is set.

    Args:
        cfg: root config of `train` or of `pipeline`.

    Returns:
        Letters, digits, `.`, `_` and `-`, at most 80 of them.
    """
    identity = identity_of(cfg)
    options = _options(identity)
    full = f"{cfg.plm.name}_layer{cfg.layer}_{options['sae']}"
    bare = _safe(full)[: LONGEST_NAME // 2]
    for experiment, short_name in _short_names().items():
        if short_name.startswith(bare) and identity == _composed(f"experiment={experiment}")[1]:
            return short_name
    common = (
        f"layer={cfg.layer}",
        f"plm.name='{cfg.plm.name}'",
        setting("plm.d_model", cfg.plm.d_model),
    )
    # A name that had to be changed may be that of another PLM.
    is_free = bare == full and bare not in _short_names().values()
    is_free = is_free and options["sae"] in option_names("sae")
    if is_free and identity == _composed(f"sae={options['sae']}", *common)[1]:
        return bare
    return _distinguished(bare, identity, options, common)


def scores_folder(cfg: DictConfig) -> str:
    """Beside a run's SAE, or of an SAE without a run by its name and that of the dataset.

    Args:
        cfg: root config of `score` or of `pipeline`.
    """
    if cfg.get("run") is not None:
        return f"{cfg.run}/score"
    source = _safe(str(cfg.get("source")).strip("/").removeprefix("./"))
    return f"{cfg.paths.data}/scores/{source[-LONGEST_NAME:]}/{_safe(str(cfg.dataset))}"


def sae_option(cfg: DictConfig) -> str:
    """The option of `sae` that the architecture comes from, such as topk.

    Args:
        cfg: root config of `train` or of `pipeline`.
    """
    return likeliest_option("sae", plain(cfg, "sae"))


def _distinguished(
    bare: str, identity: dict[str, Any], options: dict[str, str], common: tuple[str, ...]
) -> str:
    """The bare name, settings that differ as far as there is room, and the digest."""
    text = json.dumps(_canonical(identity), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    name = bare
    for shown in _differences(identity, options, common):
        longer = f"{name}_{shown}"
        if len(longer) + 1 + _DIGEST_LENGTH <= LONGEST_NAME:
            name = longer
    return f"{name}_{digest}"


def _differences(
    identity: dict[str, Any], options: dict[str, str], common: tuple[str, ...]
) -> Iterator[str]:
    """Options and settings that are not the default ones and don't follow from others: `k16`.

    Those of a class that no option has are told by the digest alone.
    """
    usual = _options(_composed(*common)[1])
    for group, option in options.items():
        if group != "sae" and option != usual[group]:
            yield _safe(option)
    known = {group: option for group, option in options.items() if option in option_names(group)}
    chosen = [f"{group}={option}" for group, option in known.items()]
    reference, expected = _composed(*chosen, *common)
    following = reference.copy()
    ours = dict(_leaves(identity))
    changed = {key for key, value in _leaves(expected) if ours.get(key, ...) != value}
    changed |= ours.keys() - dict(_leaves(expected)).keys()
    own = {key for key in changed if not _is_interpolation(reference, _place(key))}
    for key in own:
        OmegaConf.update(following, _place(key), ours.get(key), force_add=True)
    # What is interpolated is shown only where it was set to something else.
    derived = dict(_leaves(identity_of(following)))
    own |= {key for key in changed if derived.get(key) != ours.get(key)}
    unknown = options.keys() - known
    for key in sorted(own, key=_order):
        if _place(key).partition(".")[0] in unknown:
            continue
        name, value = key.rpartition(".")[2].strip("_"), ours.get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        yield _safe(f"{name}{value}" if is_number else f"{name}-{value}")


def _order(key: str) -> tuple[int, str]:
    place = _place(key)
    firsts = (rank for rank, first in enumerate(_FIRST_SHOWN) if place.startswith(first))
    return next(firsts, len(_FIRST_SHOWN)), key


def _options(identity: dict[str, Any]) -> dict[str, str]:
    """The option of each group that the identity's entry comes from, told by what it holds."""
    return {
        group: likeliest_option(group, functools.reduce(dict.__getitem__, path, identity))
        for group, path in _GROUPS.items()
    }


def _place(key: str) -> str:
    """Where an entry of the identity stands in the config, in which `model` refers to groups."""
    for group, path in _GROUPS.items():
        entry = ".".join(path)
        if key.startswith(f"{entry}."):
            return f"{group}{key.removeprefix(entry)}"
    return "callbacks.ema.decay" if key == "ema_decay" else key


def _is_interpolation(cfg: DictConfig, place: str) -> bool:
    parent, _, name = place.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    return OmegaConf.is_dict(node) and name in node and OmegaConf.is_interpolation(node, name)


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of plain nested settings (hence Any)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _canonical(value: Any) -> Any:
    """Plain settings (hence Any) in which 1 and 1.0 are the same number."""
    if isinstance(value, dict):
        return {str(name): _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_canonical(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _safe(text: str) -> str:
    """Fit for a folder on any system and for Hydra's grammar."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "run"


@functools.cache
def _short_names() -> dict[str, str]:
    """Of the experiments that state one."""
    found = {name: read_option("experiment", name) for name in option_names("experiment")}
    return {name: str(raw["short_name"]) for name, raw in found.items() if "short_name" in raw}


@functools.cache
def _composed(*overrides: str) -> tuple[DictConfig, dict[str, Any]]:
    """The config of `train` with some overrides alone, and its identity; not to be changed."""
    cfg = compose("train", *overrides)
    OmegaConf.set_struct(cfg, False)
    return cfg, identity_of(cfg)
