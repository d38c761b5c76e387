"""One sentence for each error that a user can mend; the others keep their traceback."""

import difflib
import errno
import re
import traceback
from collections.abc import Iterator

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from interplm.errors import UserError, tells_of_memory
from interplm.files.access import system_number
from interplm.runtime.configs import compose

# Which extra of ours brings a module that is missing.
_EXTRAS = {
    "duckdb": "scoring",
    "jinja2": "scoring",
    "matplotlib": "scoring",
    "pandas": "scoring",
    "umap": "scoring",
    "gradio": "explorer",
    "gemmi": "explorer",
    "transformers": "huggingface",
    "huggingface_hub": "huggingface",
    "tensorboard": "tensorboard",
    "wandb_workspaces": "dashboard",
    "optuna": "sweeps",
    "submitit": "slurm",
}
# Libraries that say themselves what is wrong with a setting, with what may help.
_FOREIGN = {
    "lightning": "change the settings of trainer.",
    "lightning_utilities": "change the settings of trainer.",
    "torch.optim": "change the settings of optimizer and scheduler.",
    "optuna": "change the settings of hydra.sweeper.",
    "submitit": "change the settings of hydra.launcher, or take hydra/launcher=processes to stay "
    "on this machine.",
    "sqlalchemy": "change hydra.sweeper.storage.",
    "wandb": "log in with `wandb login`, or log to a folder with logger.wandb.offline=true.",
}
_TOO_LITTLE_MEMORY = (
    "The device has too little memory: make batches smaller (data.batch_size, "
    "embedding.residues_per_batch, scoring.residues_per_batch), or choose another device."
)
_FULL_DISK = (
    "The disk is full: free some space, or choose another disk with INTERPLM_DATA=..., and run the "
    "same command again; what was finished is kept."
)
# How safetensors, DuckDB, SQLite, HDF5 and PyTorch's own writer say so.
_NO_SPACE = re.compile(
    r"no space left on device|disk quota exceeded|disk is full|unexpected pos \d+ vs \d+",
    re.IGNORECASE,
)
_TOO_MANY_OPEN = "Too many files are open: raise the limit with `ulimit -n 4096`."
_LIMITED_FILES = (
    "A file would be larger than this user may write: raise the limit with `ulimit -f unlimited`."
)
_TOO_LARGE = re.compile(r"file (size limit|too large)", re.IGNORECASE)
_HELP = "HYDRA_FULL_ERROR=1 shows where it came from."


def sentence_of(error: BaseException, job: str) -> str | None:
    """What to tell the user, or None for an error that is not hers.

    Args:
        error: that a job ended with.
        job: name of its root yaml.
    """
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return _missing_module(error) or _of_a_library(error)
    if isinstance(error, MissingConfigException) and "launcher/submitit_" in str(error):
        return _missing_module(ModuleNotFoundError(name="submitit"))
    if isinstance(error, MissingConfigException):  # which is an OSError too
        return " ".join(str(error).split("Config search path")[0].split())
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _of_the_settings(error, job)
    return _of_a_library(error)


def _of_the_settings(error: Exception, job: str) -> str | None:
    text = " ".join(str(error).split())
    if error.__cause__ is not None and "Error in call to target" in text:
        return sentence_of(error.__cause__, job)
    missing = re.search(r"Missing mandatory value: (\S+)", text)
    if missing:
        return f"{missing[1]} has no value: give one on the command line, {missing[1]}=..."
    nowhere = re.search(r"Interpolation key '([^']+)' not found.*full_key: (\S+)", text)
    if nowhere:
        key, taker = nowhere.groups()
        return f"{taker} is taken from {key}, which is not set: give {taker}=... or {key}=..."
    unknown = re.search(r"Could not override '([^']+)'", text)
    if isinstance(error, ConfigCompositionException) and unknown:
        return _unknown_key(unknown[1], job)
    return text


def _of_the_system(error: OSError) -> str | None:
    text, number = str(error), system_number(error)
    if number in (errno.ENOSPC, errno.EDQUOT) or _NO_SPACE.search(text):
        return _FULL_DISK
    if number == errno.EFBIG or _TOO_LARGE.search(text):
        return _LIMITED_FILES
    if tells_of_memory(error):
        return _TOO_LITTLE_MEMORY
    if not number:
        return None
    place = error.filename or "A file"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{place} may not be read or written here ({error.strerror or text}): change its "
            "permissions, or choose another folder."
        )
    if number in (errno.EMFILE, errno.ENFILE):
        return _TOO_MANY_OPEN
    return f"{place} cannot be used ({error.strerror or text}): correct the path."


def _missing_module(error: ModuleNotFoundError) -> str | None:
    name = (error.name or "").partition(".")[0]
    if name not in _EXTRAS:
        return None
    return (
        f"{name} is not installed; it comes with the extra {_EXTRAS[name]}: "
        f"pip install 'interplm[{_EXTRAS[name]}]'"
    )


def _of_a_library(error: BaseException) -> str | None:
    text = " ".join(str(error).split())
    if tells_of_memory(error):
        return _TOO_LITTLE_MEMORY
    if _NO_SPACE.search(text):
        return _FULL_DISK
    if _TOO_LARGE.search(text):
        return _LIMITED_FILES
    if system_number(error) == errno.EMFILE:
        return _TOO_MANY_OPEN
    help_of = {module: _help_of(module) for module in (type(error).__module__, _raised_in(error))}
    helps = next((found for found in help_of.values() if found is not None), None)
    return None if helps is None or not text else f"{text.rstrip('.?')}: {helps} {_HELP}"


def _help_of(module: str) -> str | None:
    """What may help with errors of a module, or None where it is none of those that are known."""
    return next(
        (helps for name, helps in _FOREIGN.items() if f"{module}.".startswith(f"{name}.")), None
    )


def _raised_in(error: BaseException) -> str:
    """The module that raised an error of Python's own because of a value that it was given."""
    if error.__traceback__ is None:
        return ""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    module = str(frame.f_globals.get("__name__", ""))
    # That there is no cluster here is a RuntimeError of submitit.
    kinds = RuntimeError if module.startswith("submitit.") else ValueError | TypeError | ImportError
    return module if isinstance(error, kinds) else ""


def _unknown_key(key: str, job: str) -> str:
    known = list(_keys(compose(job)))
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    guess = f"did you mean {close[0]}? " if close else ""
    return (
        f"{key} is not a setting of this job: {guess}"
        f"`python -m interplm.{job} --help` lists them all."
    )


def _keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    for key in map(str, config):
        yield prefix + key
        if not OmegaConf.is_missing(config, key) and not OmegaConf.is_interpolation(config, key):
            value = config[key]
            if isinstance(value, DictConfig):
                yield from _keys(value, f"{prefix}{key}.")
