"""What makes a training run what it is, apart from where things lie and how they are shown."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

# Groups of settings that change the result, with the entries of each, or of an entry, that don't.
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
    # What is read is in the fingerprint of the activations, wherever it lies.
    "data": frozenset(
        {
            "folder",
            "load_plm",
            "source",
            "rejected_csv",
            "ahead",
            "device",
            "resident",
            "embedding.device",
            "embedding.residues_per_batch",
        }
    ),
    "input_transform": frozenset(),
    "model": frozenset(),
}


def identity_of(cfg: DictConfig) -> dict[str, Any]:
    """The plain settings (hence Any) of a training run that change its result.

    Two commands with equal identities make the same run, however they were typed.
    """
    identity: dict[str, Any] = {
        group: {
            str(name): _without(plain(cfg[group], str(name)), f"{name}.", left_out)
            for name in cfg[group]
            if name not in left_out
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


def _without(value: Any, prefix: str, left_out: frozenset[str]) -> Any:
    """A plain entry (hence Any) without those of its own entries that are left out."""
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if f"{prefix}{name}" not in left_out}
