"""The frame of every job: Hydra around it, errors a user can cause as one sentence."""

import difflib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from interplm.errors import UserError
from interplm.runtime.configs import config_folder, register_resolvers

_TRACEBACK_VARIABLE = "HYDRA_FULL_ERROR"
# PyTorch reads it once, when it first takes memory: large tensors then lie on large pages, without
# which a fifth of a training step on a CPU goes into fresh pages (experiments/speed).
HUGE_PAGES_VARIABLE = "THP_MEM_ALLOC_ENABLE"
# Seconds between two drawings of a progress bar, which tqdm reads when it is imported. In a file
# every one stays.
BAR_VARIABLE, _SECONDS_IN_A_FILE = "TQDM_MININTERVAL", "10"


def job(config_name: str) -> Callable[[Callable[[DictConfig], None]], Callable[[], None]]:
    """Make a command-line job of a function.

    Args:
        config_name: root yaml of the job, without its ending.

    Returns:
        A decorator; the decorated function takes no argument, reads the command line and leaves
        with status 1 and one sentence where the user can mend what is wrong. HYDRA_FULL_ERROR=1
        gives tracebacks instead.
    """

    def decorate(function: Callable[[DictConfig], None]) -> Callable[[], None]:
        def main() -> None:
            wants_traceback = _TRACEBACK_VARIABLE in os.environ
            # Without it Hydra prints and swallows its own errors before they can be put plainly.
            os.environ[_TRACEBACK_VARIABLE] = "1"
            os.environ.setdefault(HUGE_PAGES_VARIABLE, "1")
            if not sys.stderr.isatty():
                os.environ.setdefault(BAR_VARIABLE, _SECONDS_IN_A_FILE)
            try:
                register_resolvers()
                hydra.main(
                    version_base="1.3", config_path=str(config_folder()), config_name=config_name
                )(function if wants_traceback else _reporting(function))()
            except (UserError, HydraException, OmegaConfBaseException, OSError) as error:
                sentence = _sentence(error, config_name)
                if wants_traceback or sentence is None:
                    raise
                sys.exit(f"error: {sentence}")

        main.__doc__ = function.__doc__
        return main

    return decorate


def _reporting(function: Callable[[DictConfig], None]) -> Callable[[DictConfig], None]:
    """Let one job of several fail alone, but a single one leave without Hydra's own comment."""

    def task(config: DictConfig) -> None:
        try:
            function(config)
        except (UserError, OmegaConfBaseException, OSError) as error:
            sentence = _sentence(error, HydraConfig.get().job.name)
            if sentence is None or HydraConfig.get().mode == RunMode.MULTIRUN:
                raise
            raise SystemExit(f"error: {sentence}") from error

    return task


def _sentence(error: Exception, config_name: str) -> str | None:
    """What to tell the user, or None for an error that is not hers."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MissingConfigException):  # which is an OSError too
        return " ".join(str(error).split("Config search path")[0].split())
    if isinstance(error, OSError):
        return _disk_sentence(error)
    missing = re.search(r"Missing mandatory value: (\S+)", str(error))
    if missing:
        return f"{missing[1]} has no value: give one on the command line, {missing[1]}=..."
    unknown = re.search(r"Could not override '([^']+)'", str(error))
    if isinstance(error, ConfigCompositionException) and unknown:
        return _unknown_key_sentence(unknown[1], config_name)
    return " ".join(str(error).split())


def _disk_sentence(error: OSError) -> str | None:
    # h5py puts the number into the text only.
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT) or f"errno = {errno.ENOSPC}" in str(error)
    if not is_full:
        return None
    return (
        "The disk is full: free some space, or choose another disk with INTERPLM_DATA=..., and run "
        "the same command again; what was finished is kept."
    )


def _unknown_key_sentence(key: str, config_name: str) -> str:
    GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(str(config_folder()), version_base="1.3"):
        known = list(_keys(hydra.compose(config_name)))
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    guess = f"did you mean {close[0]}? " if close else ""
    return (
        f"{key} is not a setting of this job: {guess}"
        f"`python -m interplm.{config_name} --help` lists them all."
    )


def _keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    for key in map(str, config):
        yield prefix + key
        if not OmegaConf.is_missing(config, key) and not OmegaConf.is_interpolation(config, key):
            value = config[key]
            if isinstance(value, DictConfig):
                yield from _keys(value, f"{prefix}{key}.")
