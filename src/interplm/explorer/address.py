"""What a page is asked to show: the entries of its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Address:
    """Entries of a page's query and hash, as a stranger may have written them.

    Attributes:
        entries: by name; what is empty is not asked for.
    """

    entries: Mapping[str, str]

    def text(self, name: str, *, longest: int = _LONGEST) -> str:
        """An entry as it is, cut to a length; "" where it is not given."""
        return str(self.entries.get(name, ""))[:longest]

    def number(self, name: str) -> int | None:
        """A whole number from 0 on, or None for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

    def share(self, name: str) -> float:
        """A number in 0..1; 0 for anything else."""
        try:
            value = float(self.text(name))
        except ValueError:
            return 0.0
        return value if 0 <= value <= 1 else 0.0

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices, the first of them where the entry is none."""
        text = self.text(name)
        return text if text in choices else choices[0]

    def has(self, name: str) -> bool:
        """Whether the entry is given."""
        return bool(self.entries.get(name))
