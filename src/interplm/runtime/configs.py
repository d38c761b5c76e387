"""Where the yaml files are, and what they may call."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

import interplm
from interplm.errors import MissingArtifact

# File systems allow 255 bytes in a name; the run's own name comes before this.
_LONGEST_SUFFIX = 150


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


def register_resolvers() -> None:
    """Make the functions that the yaml files use known to OmegaConf; calling twice is harmless."""
    OmegaConf.register_new_resolver("control_suffix", control_suffix, replace=True)
    OmegaConf.register_new_resolver("half", _once_known(lambda n: n // 2), replace=True)
    OmegaConf.register_new_resolver("l1_law", _once_known(l1_law), replace=True)
    OmegaConf.register_new_resolver("lr_law", _once_known(lr_law), replace=True)
    OmegaConf.register_new_resolver("override_suffix", override_suffix, replace=True)
    OmegaConf.register_new_resolver("model_name", model_name, replace=True)
    OmegaConf.register_new_resolver("partial", partial_of, replace=True)


def _once_known(law: Callable[..., float]) -> Callable[..., float | None]:
    """The same law, null as long as a size is: that of a PLM is read from its activations."""
    return lambda *sizes: None if None in sizes else law(*sizes)


def lr_law(d_sae: int, d_in: int) -> float:
    """2e-4 / √(d_sae / 2¹⁴) · √(768 / d_in), Adam's learning rate for an SAE.

    The first factor was measured on activations of width 768 (Gao et al. 2024, section A.3). A step
    of Adam moves every entry by about the rate, so it turns a unit row of width d_in by √d_in times
    that: the second factor keeps the angle.
    """
    return float(2e-4 / math.sqrt(d_sae / 2**14) * math.sqrt(768 / d_in))


def l1_law(d_in: int) -> float:
    """2.4 / √d_in, at most 1/4: the L1 coefficient beside an un-squared L2 loss.

    There a feature pays if the cosine of its direction and the error is above the coefficient,
    whatever the units; by chance the cosine is of order 1 / √d_in. For d_in = 320 the law gives
    0.13, the middle of the range of Simon & Zou (2024), and about the same sparsity for other d_in;
    the widths below 92 of tests alone reach the limit.
    """
    return min(0.25, 2.4 / math.sqrt(d_in))


def partial_of(node: DictConfig) -> DictConfig:
    """A node with `_target_` as one that makes the call, not its result: nothing is loaded yet."""
    # Resolved here, since its relative interpolations mean something in its own place only.
    resolved = DictConfig(OmegaConf.to_container(node, resolve=True))
    resolved["_partial_"] = True
    return resolved


def control_suffix(control: str | None, seed: int) -> str:
    """What a PLM's name gains from a control: "" or, say, "_shuffled0"."""
    return "" if control is None else f"_{control}{seed}"


def model_name(source: str) -> str:
    """What a model of Hugging Face is called after its address: the last part of id or folder."""
    return Path(source).resolve().name if Path(source).is_dir() else source.rpartition("/")[-1]


def override_suffix(override_dirname: str) -> str:
    """What a run's name gains from the overrides on its command line, fit for a folder.

    The same command gives the same folder, so that it resumes; another one gives another folder.
    """
    kept = "".join(c if c.isalnum() or c in "=._-,+" else "_" for c in override_dirname)
    if len(kept) > _LONGEST_SUFFIX:
        digest = hashlib.sha256(override_dirname.encode()).hexdigest()[:12]
        kept = f"{kept[:_LONGEST_SUFFIX]}-{digest}"
    return f"-{kept}" if kept else ""
