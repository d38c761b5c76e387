"""DetectionMetrics of features that a test writes down, from a store to the measured pairs."""

from pathlib import Path

import numpy as np
import torch
from tests.activations.stores import row_numbers, write_store
from tests.features.concept_cases import table
from tests.features.scoring.test_scorer import scorer

from interplm.activations import ActivationStore
from interplm.features.scoring.scorer import ScoredRepresentation


class Planted:
    """Looks up the features of a row by the row's number, which a marked store holds."""

    def __init__(self, features):
        self._rows = torch.from_numpy(np.concatenate(features))
        self.d_sae = self._rows.shape[1]

    def encode(self, x):
        return self._rows[row_numbers(x)]


def scores(
    folder: Path,
    features,
    spans,
    *,
    n_validation: int = 1,
    kind: str = "residue",
    protocol: str = "held_out",
    on_block=lambda block: None,
) -> ScoredRepresentation:
    """Of raw features [n_residues, d_sae] of each protein, the first ones validation."""
    features = [np.float32(rows) for rows in features]
    lengths = [len(rows) for rows in features]
    write_store(folder, [lengths], marked=True, dtype="float32")
    in_validation = np.arange(len(features)) < n_validation
    made = scorer(
        protocol=protocol, min_residues=1, min_domains=1, n_bootstraps=4, n_permutations=4
    )
    shards = ActivationStore(folder).shards
    benchmark = made.benchmark(
        table(lengths, spans, kinds=[kind] * (1 + max(span[1] for span in spans))), shards,
        in_validation=in_validation, in_test=~in_validation, cluster=np.arange(len(lengths)),
    )  # fmt: skip
    return made.score("sae", Planted(features), shards, benchmark, device="cpu", on_block=on_block)
