"""The concept that each feature is labelled with."""

from collections.abc import Mapping, Sequence

import pandas as pd

from interplm.concepts import Concept
from interplm.features.database.records import Pair
from interplm.features.evidence import label_strength

_FROM_PAIR = ("concept", "average_precision", "margin", "f1", "f1_residue")
_EVIDENCE = (
    "precision_residue", "recall_residue", "f1", "f1_corrected", "margin", "f1_position", "q_value"
)  # fmt: skip
_COLUMNS = (*_FROM_PAIR, "label", "family", "strength")


def label_table(pairs: Sequence[Pair], concepts: Mapping[str, Concept]) -> pd.DataFrame:
    """The labels of the features that have one, indexed by the feature.

    Args:
        pairs: the SAE's.
        concepts: that were scored, by name.
    """
    labels = [pair for pair in pairs if pair.is_label]
    rows = [_label(pair, concepts[pair.concept].family) for pair in labels]
    index = pd.Index([pair.feature for pair in labels], dtype="int64")
    return pd.DataFrame(rows, columns=list(_COLUMNS), index=index)


def _label(pair: Pair, family: str) -> dict[str, object]:
    strength = label_strength(**{name: getattr(pair, name) for name in _EVIDENCE})
    taken = {name: getattr(pair, name) for name in _FROM_PAIR}
    return taken | {"label": pair.concept, "family": family, "strength": strength}
