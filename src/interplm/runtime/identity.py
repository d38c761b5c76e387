"""What makes a training run what it is, apart from where things lie and how they are shown."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

# Groups of settings that change the result, with the entries of each that don't.
_GROUPS: dict[str, frozenset[str]] = {
    "trainer": frozenset(
        {
            "accelerator",
            "default_root_dir",
            "enable_progress_bar",
            "enable_model_summary",
            "log_every_n_steps",
            "profiler",
            "val_check_interval",
        }
    ),
    "data": frozenset({"folder"}),
    "input_transform": frozenset(),
    "model": frozenset(),
}


def identity_of(cfg: DictConfig) -> dict[str, Any]:
    """The plain settings (hence Any) of a training run that change its result.

    Two commands with equal identities make the same run, however they were typed.
    """
    identity: dict[str, Any] = {
        group: {
            str(name): plain(cfg[group], str(name)) for name in cfg[group] if name not in left_out
        }
        for group, left_out in _GROUPS.items()
    }
    # Of the callbacks only this one changes the result.
    ema = None if cfg.callbacks is None else cfg.callbacks.get("ema")
    return identity | {
        "dataset": cfg.dataset,
        "seed": cfg.seed,
        "ema_decay": None if ema is None else ema.decay,
    }


def plain(node: DictConfig, name: str) -> Any:
    """An entry without OmegaConf's types (hence Any), resolved; others are not touched."""
    value = node[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
