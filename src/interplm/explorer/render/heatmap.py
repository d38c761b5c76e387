"""Rows × residues, drawn on one canvas by assets/heatmap.js."""

import base64
from collections.abc import Sequence
from typing import Literal

import numpy as np

from interplm.explorer.render.markup import data

# What a click on a cell does: show the row's feature on the sequence, or make the substitution.
Click = Literal["feature", "substitution"]


def heat_map(
    rows: Sequence[tuple[str, str]],
    letters: str,
    values: np.ndarray,
    *,
    label: str,
    click: Click = "feature",
    first: int = 1,
    names: Sequence[str] | None = None,
    is_difference: bool = False,
) -> str:
    """One row a feature or an amino acid, one column a residue.

    Args:
        rows: name and label of each; of a feature its number as the name.
        letters: of the columns.
        values: [n_rows, n_columns], fractions of each feature's maximum; they travel as hundredths.
        label: of the picture, for screen readers.
        click: what a click on a cell does.
        first: number of the first residue.
        names: of the columns, where they are not the residues in order.
        is_difference: whether values go both ways from zero.
    """
    hundredths = np.rint(np.clip(values, -1, 1) * 100)
    if not is_difference:
        # Every residue on which a feature fires has a colour.
        hundredths = np.where(values > 0, np.maximum(hundredths, 1), 0)
    packed = base64.b64encode(hundredths.astype(np.int8).tobytes()).decode()
    named = f' data-names="{data(list(names))}"' if names is not None else ""
    return (
        f'<ip-heat data-rows="{data([list(row) for row in rows])}" data-letters="{data(letters)}" '
        f'data-values="{packed}" data-first="{first}" data-click="{click}" '
        f'data-scale="{"difference" if is_difference else "activation"}" '
        f'data-label="{data(label)}"{named}></ip-heat>'
    )
