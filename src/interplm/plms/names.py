"""What PLMs are called in configs, folders and fingerprints."""

from pathlib import Path


def control_suffix(control: str | None, seed: int) -> str:
    """What a PLM's name gains from a control: "" or, say, "_shuffled0"."""
    return "" if control is None else f"_{control}{seed}"


def model_name(source: str) -> str:
    """What a model of Hugging Face is called after its address: the last part of id or folder."""
    return Path(source).resolve().name if Path(source).is_dir() else source.rpartition("/")[-1]
