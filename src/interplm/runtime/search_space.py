"""What a search may choose: Hydra's words of a sweep, as ranges and choices to sample from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    IntervalSweep,
    Override,
    RangeSweep,
)

from interplm.errors import UserError
from interplm.runtime.command import hydra_value

_LOG = "log"


class Suggests(Protocol):
    """A trial of Optuna: gives a setting its value, and the same one when it is asked again."""

    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str:
        """One of them."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        """Within both bounds."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None, log: bool
    ) -> float:
        """Within both bounds."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, as words for Hydra."""

    values: tuple[str, ...]

    def suggested(self, name: str, trial: Suggests) -> str:
        """What a trial is given, as a word for Hydra."""
        return trial.suggest_categorical(name, self.values)

    def example(self) -> str:
        """One that is possible."""
        return self.values[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Whole or real numbers between two bounds, which belong to them.

    Attributes:
        low: whole numbers where it is an int.
        high: of the same type.
        step: between neighbours; None for any number.
        log: whether the logarithm is uniform.
    """

    low: int | float
    high: int | float
    step: int | float | None = None
    log: bool = False

    def suggested(self, name: str, trial: Suggests) -> str:
        """What a trial is given, as a word for Hydra."""
        value: int | float
        if isinstance(self.low, int) and isinstance(self.high, int):
            step = int(self.step or 1)
            value = trial.suggest_int(name, self.low, self.high, step=step, log=self.log)
        else:
            value = trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)
        return hydra_value(value)

    def example(self) -> str:
        """One that is possible."""
        return hydra_value(self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """Settings that are the same for all trials, and those that are searched.

    Attributes:
        fixed: words of a command line.
        searched: by key.
        written: of each key that is searched, how that was said.
    """

    fixed: tuple[str, ...]
    searched: Mapping[str, Choice | Numbers]
    written: Mapping[str, str]

    def words(self, values: Mapping[str, str]) -> list[str]:
        """The command line of a trial, from the value of each key."""
        return [*self.fixed, *(f"{key}={value}" for key, value in values.items())]

    def suggested(self, trial: Suggests) -> dict[str, str]:
        """The value of each key, as words for Hydra."""
        return {key: what.suggested(key, trial) for key, what in self.searched.items()}

    def example(self) -> dict[str, str]:
        """Values that are possible."""
        return {key: what.example() for key, what in self.searched.items()}


def search_space(words: Sequence[str]) -> SearchSpace:
    """From words as of a command line; of two with the same key the later one counts.

    Raises:
        UserError: for bounds that nothing lies between, or a range on a logarithmic scale.
    """
    overrides = OverridesParser.create().parse_overrides(list(words))
    latest = {override.get_key_element(): override for override in overrides}
    swept = {key: override for key, override in latest.items() if override.is_sweep_override()}
    return SearchSpace(
        fixed=tuple(_text(o) for key, o in latest.items() if key not in swept),
        searched={key: _possible(key, override) for key, override in swept.items()},
        written={key: _written(override) for key, override in swept.items()},
    )


def _possible(key: str, override: Override) -> Choice | Numbers:
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        low, high = _number(sweep.start), _number(sweep.end)
        log = _LOG in sweep.tags
        if low > high or (log and low <= 0):
            lowest = "above 0 and " if log else ""
            raise UserError(
                f"{key}={_written(override)} is empty: its first bound must be {lowest}at most the "
                "second."
            )
        return Numbers(low=low, high=high, log=log)
    assert isinstance(sweep, ChoiceSweep | RangeSweep)  # there is no other sweep
    # The order means nothing to a search, but has to be the same in the next process.
    sweep.shuffle = False
    if isinstance(sweep, RangeSweep):
        return _of_range(key, override, sweep)
    return Choice(tuple(override.sweep_string_iterator()))


def _of_range(key: str, override: Override, sweep: RangeSweep) -> Numbers:
    """As Hydra's: without its end."""
    if _LOG in sweep.tags:
        raise UserError(
            f"{key} is a range, whose steps are equal: for a logarithmic scale write "
            f"{key}='tag(log,interval(low,high))', within int() for whole numbers."
        )
    values = [_number(value) for value in override.sweep_iterator()]
    if not values:
        raise UserError(f"{key}={_written(override)} is empty: its end does not belong to it.")
    step = abs(_number(sweep.step)) if len(values) > 1 else None
    return Numbers(low=min(values), high=max(values), step=step)


def _number(value: object) -> int | float:
    assert isinstance(value, int | float)  # Hydra's grammar has made sure of it
    return value


def _text(override: Override) -> str:
    assert override.input_line is not None  # of a word that was parsed
    return override.input_line


def _written(override: Override) -> str:
    return _text(override).partition("=")[2]
