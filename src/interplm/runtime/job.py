"""The frame of every job: Hydra around it, and leaving with one sentence where a user can help."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from interplm.errors import UserError
from interplm.runtime.configs import config_folder, prepare, register_resolvers, without_null
from interplm.runtime.sentences import sentence_of
from interplm.runtime.signals import Stopped, stopping_on_signals, stops_unhidden
from interplm.runtime.words import readable

_TRACEBACK_VARIABLE = "HYDRA_FULL_ERROR"
# PyTorch reads it once, when it first takes memory: large tensors then lie on large pages, without
# which a fifth of a training step on a CPU goes into fresh pages (experiments/speed).
HUGE_PAGES_VARIABLE = "THP_MEM_ALLOC_ENABLE"
# Seconds between two drawings of a progress bar, which tqdm reads when it is imported. In a file
# every one stays.
BAR_VARIABLE, _SECONDS_IN_A_FILE = "TQDM_MININTERVAL", "10"
# What Lightning sets for the processes that it starts, and would take for a launcher's in a second
# training of this process.
_LAUNCH_VARIABLES = ("LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")

# What a job returns for a sweeper to optimise, if anything; Any as Hydra passes it on.
Job = Callable[[DictConfig], Any]


def job(
    config_name: str, *, renamed: Mapping[str, str] | None = None
) -> Callable[[Job], Callable[[], None]]:
    """Make a command-line job of a function.

    Args:
        config_name: root yaml of the job, without its ending.
        renamed: what users type for a setting that cannot have that name, as it is a group of
            configs for other jobs.

    Returns:
        A decorator; the decorated function takes no argument, reads the command line and leaves
        with status 1 and one sentence where the user can mend what is wrong, or with 128 + n
        where signal n stopped it. HYDRA_FULL_ERROR=1 gives tracebacks instead.
    """

    def decorate(function: Job) -> Callable[[], None]:
        def main() -> None:
            if any(word in ("--help", "-h") for word in sys.argv[1:]):
                from interplm.runtime.help import help_text

                sys.stdout.write(help_text(config_name))
                return
            words = [readable(_renamed(word, renamed or {})) for word in sys.argv[1:]]
            words = [without_null(word) for word in words]
            # Where it stands between settings, Hydra does not take those behind it.
            sys.argv[1:] = sorted(words, key=lambda word: word not in ("--multirun", "-m"))
            wants_traceback = _TRACEBACK_VARIABLE in os.environ
            _set_variables()
            task = function if wants_traceback else _reporting(function, config_name)
            try:
                prepare()
                with stopping_on_signals():
                    hydra.main(
                        version_base="1.3",
                        config_path=str(config_folder()),
                        config_name=config_name,
                    )(_Alone(task))()
            except Stopped as stop:
                sys.stderr.write(f"{stop}\n")
                sys.exit(stop.status)
            except Exception as error:
                sentence = sentence_of(error, config_name)
                if wants_traceback or sentence is None:
                    raise
                sys.exit(f"error: {sentence}")

        main.__doc__ = function.__doc__
        return main

    return decorate


def _renamed(word: str, renamed: Mapping[str, str]) -> str:
    name, mark, value = word.partition("=")
    return f"{renamed.get(name, name)}{mark}{value}"


def _set_variables() -> None:
    # Without it Hydra prints and swallows its own errors before they can be put plainly.
    os.environ[_TRACEBACK_VARIABLE] = "1"
    os.environ.setdefault(HUGE_PAGES_VARIABLE, "1")
    if not sys.stderr.isatty():
        os.environ.setdefault(BAR_VARIABLE, _SECONDS_IN_A_FILE)


def _reporting(function: Job, config_name: str) -> Job:
    """Let one job of several fail alone, but a single one leave without Hydra's own comment."""

    def task(config: DictConfig) -> Any:
        try:
            return function(config)
        except Exception as error:
            sentence = sentence_of(error, config_name)
            if sentence is None:
                raise
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                raise UserError(sentence) from error
            raise SystemExit(f"error: {sentence}") from error

    return task


class _Alone:
    """Lets each job of a sweep run as if it were the only one, here or in another process.

    Args:
        function: of the job.
    """

    def __init__(self, function: Job) -> None:
        self._function = function

    def __call__(self, config: DictConfig) -> Any:
        """What the function returns, hence Any."""
        with _own_command_line(), _launch_variables_restored(), stops_unhidden():
            return self._function(config)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A launcher's process is sent the job, and nothing else of ours has run there yet. Any:
        # attributes.
        self.__dict__.update(state)
        register_resolvers()


@contextmanager
def _own_command_line() -> Iterator[None]:
    """In a sweep, show a job its own overrides: processes that it starts repeat the command."""
    given = sys.argv
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        sys.argv = [given[0], *HydraConfig.get().overrides.task]
    try:
        yield
    finally:
        sys.argv = given


@contextmanager
def _launch_variables_restored() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _LAUNCH_VARIABLES}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
