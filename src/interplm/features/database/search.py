"""Which features a list shows, and in which order."""

import math
import re
from dataclasses import dataclass
from typing import Any

from interplm.errors import UserError

SORTS = {
    "feature": "feature",
    "label": "lower(label)",
    "concept": "lower(concept)",
    "f1": "f1",
    "density": "density",
    "mean_activation": "mean_activation",
    "pattern": "pattern",
}
_LONGEST_TEXT = 200
_TYPES: dict[tuple[str, ...], tuple[type, ...]] = {
    ("text", "concept", "category", "pattern", "sort"): (str,),
    ("min_f1", "min_density", "max_density"): (int, float),
    ("descending",): (bool,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureQuery:
    """Conditions that all hold; an empty one is none.

    Attributes:
        text: in the label, the concept or its family, any case; or a feature's number.
        concept: exact name.
        category: of the concept.
        pattern: activation pattern, see `PATTERNS`.
        min_f1: on test proteins; 0 also lists features without a concept.
        min_density: fraction of the residues.
        max_density: fraction of the residues.
        sort: one of `SORTS`.
        descending: the highest first; features without a value come last either way.
    """

    text: str = ""
    concept: str = ""
    category: str = ""
    pattern: str = ""
    min_f1: float = 0.0
    min_density: float = 0.0
    max_density: float = 1.0
    sort: str = "f1"
    descending: bool = True

    def __post_init__(self) -> None:
        for names, kinds in _TYPES.items():
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, kinds):
                    raise UserError(f"{name} must be {kinds[-1].__name__}, got {value!r}.")
        for name in ("min_f1", "min_density", "max_density"):
            if not math.isfinite(getattr(self, name)):
                raise UserError(f"{name} must be a number, got {getattr(self, name)}.")
        if self.sort not in SORTS:
            raise UserError(f"sort must be one of {', '.join(SORTS)}, got {self.sort!r}.")
        if len(self.text) > _LONGEST_TEXT:
            raise UserError(f"The search text is longer than {_LONGEST_TEXT} characters.")

    def where(self) -> tuple[str, list[Any]]:
        """The SQL condition on `features` and its parameters (of mixed types, hence Any)."""
        conditions: list[str] = ["true"]
        values: list[Any] = []
        for sql, value, is_set in (
            ("concept = ?", self.concept, self.concept),
            (
                "concept IN (SELECT concept FROM concepts WHERE category = ?)",
                self.category,
                self.category,
            ),
            ("pattern = ?", self.pattern, self.pattern),
            ("f1 >= ?", self.min_f1, self.min_f1 > 0),
            ("density >= ?", self.min_density, self.min_density > 0),
            ("density <= ?", self.max_density, self.max_density < 1),
        ):
            if is_set:
                conditions.append(sql)
                values.append(value)
        text = self.text.strip()
        number = re.fullmatch(r"(?:f/?)?(\d{1,9})", text)
        if number:
            conditions.append("feature = ?")
            values.append(int(number[1]))
        elif text:
            conditions.append("contains(lower(concat_ws(' ', label, concept, family)), ?)")
            values.append(text.lower())
        return " AND ".join(conditions), values

    def order(self) -> str:
        """The SQL order, total so that pages never overlap."""
        direction = "DESC" if self.descending else "ASC"
        return f"{SORTS[self.sort]} {direction} NULLS LAST, feature"
