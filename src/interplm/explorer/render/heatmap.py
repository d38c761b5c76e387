"""Features × residues, drawn on one canvas by assets/heatmap.js."""

import base64
from collections.abc import Sequence

import numpy as np

from interplm.explorer.render.markup import data, message
from interplm.explorer.theme import N_LEVELS


def heat_map(
    sequence: str, features: Sequence[int], labels: Sequence[str], activations: np.ndarray
) -> str:
    """One row a feature, one column a residue; rows lead to the feature's page.

    Args:
        sequence: residues.
        features: numbers of the rows.
        labels: of the rows.
        activations: [n_features, n_residues], fractions of each feature's maximum.
    """
    if not len(features):
        return message("No feature fires on this sequence, so there is nothing to draw.")
    levels = np.ceil(np.clip(activations, 0, 1) * N_LEVELS).astype(np.uint8)
    packed = base64.b64encode(levels.tobytes()).decode()
    return (
        f'<ip-heat data-sequence="{data(sequence)}" data-features="{data(list(features))}" '
        f'data-labels="{data(list(labels))}" data-levels="{packed}"></ip-heat>'
    )
