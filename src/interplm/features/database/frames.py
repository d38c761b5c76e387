"""Records as data frames, which the writer takes."""

from collections.abc import Iterable

import pandas as pd


def frame(kind: type, rows: Iterable[object]) -> pd.DataFrame:
    """Records of one kind as a table; its columns are their fields, even without any row."""
    names = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    return pd.DataFrame([[_plain(getattr(row, n)) for n in names] for row in rows], columns=names)


def _plain(value: object) -> object:
    # DuckDB takes a list for a list, and a tuple for a structure.
    return list(value) if isinstance(value, tuple) else value
