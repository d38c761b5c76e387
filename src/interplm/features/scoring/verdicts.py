"""Which proteins the best feature of each concept finds, misses or adds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.features.database.records import Pair, ProteinVerdict
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.instances import InstanceRows


def verdict_table(
    best: Sequence[Pair],
    sides: Sequence[HeldOut],
    *,
    names: Sequence[str],
    accessions: Sequence[str],
) -> pd.DataFrame:
    """The table `verdicts`: what a feature that stands for a concept says of every protein.

    A protein is found if the feature fires within an instance, missed if it is annotated and the
    feature fires within none, and extra if it fires though nothing is annotated: an error of the
    feature, or of the annotation.

    Args:
        best: one pair for a concept, with the threshold above which it fires.
        sides: validation and test proteins with the features of the pairs.
        names: of the concepts, as the sides number them.
        accessions: of the proteins, as the sides number them.
    """
    number = {name: index for index, name in enumerate(names)}
    known = np.array(accessions, object)
    parts = [_of_side(pair, number[pair.concept], side, known) for pair in best for side in sides]
    columns = list(ProteinVerdict.__dataclass_fields__)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _of_side(
    pair: Pair, concept: int, side: HeldOut, accessions: NDArray[np.object_]
) -> pd.DataFrame:
    instances = side.instances(concept)
    counts = side.protein_counts(instances, side.firing_rows(pair.feature, pair.threshold))
    inside, anywhere = _maxima(side, instances, pair.feature)
    annotated, found = counts.n_domains > 0, counts.n_found > 0
    spoken_of = np.flatnonzero(annotated | (counts.firing > 0))
    table = pd.DataFrame(
        {
            "concept": pair.concept,
            "feature": pair.feature,
            "accession": accessions[side.traces.proteins],
            "verdict": np.select([found, annotated], ["found", "missed"], "extra"),
            "n_domains": counts.n_domains,
            "n_found": counts.n_found,
            "n_outside": counts.firing - counts.tp,
            "strength": np.where(annotated, inside, anywhere),
        }
    )
    return table.iloc[spoken_of]


def _maxima(
    side: HeldOut, instances: InstanceRows, feature: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Largest value on each protein, within the concept and anywhere."""
    row, value, is_inside = side.ranked(instances, feature)
    owner = side.traces.protein_of(row)
    inside, anywhere = np.zeros((2, len(side.lengths)), np.float32)
    np.maximum.at(inside, owner[is_inside], value[is_inside])
    np.maximum.at(anywhere, owner, value)
    return inside, anywhere
