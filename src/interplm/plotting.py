"""Features along a sequence, as a figure for notebooks and papers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

# Up to so many residues the letters are written under the rows.
_MOST_LETTERS = 120


class NotebookFigure(Figure):
    """A figure that notebooks show, also where nobody has imported pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()


def plot_features(sequence: str, features: csr_array, rows: pd.DataFrame) -> Figure:
    """Activations of some features, one row each, on a common scale.

    Args:
        sequence: residues in one-letter code.
        features: of its residues, [n_residues, d_sae].
        rows: of `Model.table`; the first is drawn on top.
    """
    chosen = rows["feature"].to_numpy()
    values = features.tocsc()[:, chosen].toarray().T
    figure = NotebookFigure(figsize=(10, 0.9 + 0.28 * max(1, len(rows))), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap="viridis",
        vmin=0,
        vmax=max(1e-9, float(values.max(initial=0))),
        extent=(0.5, len(sequence) + 0.5, len(rows), 0),
    )
    names = [
        f"{label} (f/{feature})" if isinstance(label, str) else f"f/{feature}"
        for feature, label in zip(rows["feature"], rows["label"], strict=True)
    ]
    axes.set_yticks(np.arange(len(rows)) + 0.5, names)
    axes.set_xlabel("residue")
    if len(sequence) <= _MOST_LETTERS:
        axes.set_xticks(np.arange(len(sequence)) + 1, list(sequence), fontsize=6)
    figure.colorbar(image, ax=axes, label="activation")
    return figure
