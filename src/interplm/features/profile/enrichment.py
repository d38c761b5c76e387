"""Labels of whole proteins that are frequent where a feature is strong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import hypergeom

from interplm.features.multiple_testing import q_values
from interplm.features.profile.firing import ProteinRuns, ranks_within

EC_NUMBER = "EC number"
_N_EC_LEVELS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrichment:
    """Labels enriched among the strong proteins of features, ordered by feature and q-value.

    Attributes:
        feature: int64 [n].
        label: such as "2.7.11.-", [n].
        kind: column of the label, such as "EC number", [n].
        n: strong proteins with the label, int64 [n].
        n_background: proteins with the label, int64 [n].
        odds_ratio: with 0.5 added to each count, so that it is finite (Haldane 1956), float64 [n].
        q_value: of Fisher's exact test, one-sided, adjusted over all features and labels,
            float64 [n].
    """

    feature: NDArray[np.int64]
    label: list[str]
    kind: list[str]
    n: NDArray[np.int64]
    n_background: NDArray[np.int64]
    odds_ratio: NDArray[np.float64]
    q_value: NDArray[np.float64]


class StrongProteins:
    """Remembers on which proteins each feature passes a fraction of its maximum.

    Args:
        n_proteins: in the whole set.
        d_sae: number of features.
        threshold: the fraction.
    """

    def __init__(self, *, n_proteins: int, d_sae: int, threshold: float) -> None:
        self._shape = (d_sae, n_proteins)
        self._threshold = threshold
        self._feature: list[NDArray[np.int32]] = []
        self._protein: list[NDArray[np.int32]] = []

    def add(self, runs: ProteinRuns) -> None:
        """Consider the proteins of some runs, each protein once in all."""
        strong = runs.maximum > self._threshold
        self._feature.append(runs.feature[strong])
        self._protein.append(runs.protein[strong])

    def merge(self, other: "StrongProteins") -> None:
        """Add what was found on other proteins."""
        self._feature += other._feature
        self._protein += other._protein

    def matrix(self) -> sparse.csr_array:
        """1 where a feature is strong on a protein, int32 [d_sae, n_proteins]."""
        nothing = [np.zeros(0, np.int32)]
        places = np.concatenate(self._feature or nothing), np.concatenate(self._protein or nothing)
        ones = np.ones(len(places[0]), np.int32)
        return sparse.coo_array((ones, places), shape=self._shape).tocsr()


def enriched_labels(
    strong: sparse.csr_array,
    labels: Sequence[Mapping[str, Sequence[str]]],
    *,
    min_proteins: int,
    max_q: float,
    n_labels: int,
) -> Enrichment:
    """Test every feature against every label.

    Fisher's exact test asks how likely it is that so many of the strong proteins carry a label by
    chance; Benjamini & Hochberg's adjustment runs over all features that are strong anywhere and
    all labels. Homologous proteins are counted as if they were independent, so small q-values say
    less than they seem to.

    Args:
        strong: as from StrongProteins, [d_sae, n_proteins].
        labels: of each protein, by kind. An EC number also counts for the classes above it.
        min_proteins: that must carry a label for it to be tested.
        max_q: largest q-value to keep.
        n_labels: at most so many for each feature.
    """
    names, carried = _label_matrix(labels, min_proteins)
    both = (strong @ carried).tocoo()
    feature, label, n = both.row.astype(np.int64), both.col.astype(np.int64), both.data
    n_proteins = strong.shape[1]
    n_strong, n_background = strong.sum(axis=1), carried.sum(axis=0)
    p_value = hypergeom.sf(n - 1, n_proteins, n_background[label], n_strong[feature])
    n_tests = int((n_strong > 0).sum()) * len(names)
    q_value = q_values(p_value, n_tests=n_tests)
    rank = ranks_within(feature, q_value, -n, label)
    kept = np.flatnonzero((q_value <= max_q) & (rank < n_labels))
    kept = kept[np.lexsort((rank[kept], feature[kept]))]
    feature, label, n = feature[kept], label[kept], n[kept].astype(np.int64)
    odds = _odds_ratio(n, n_strong[feature], n_background[label], n_proteins)
    return Enrichment(
        feature=feature,
        label=[names[index][1] for index in label],
        kind=[names[index][0] for index in label],
        n=n,
        n_background=n_background[label].astype(np.int64),
        odds_ratio=odds,
        q_value=q_value[kept],
    )


def _label_matrix(
    labels: Sequence[Mapping[str, Sequence[str]]], min_proteins: int
) -> tuple[list[tuple[str, str]], sparse.csc_array]:
    """Kind and name of each tested label, and 1 where a protein carries it [n_proteins, n]."""
    numbers: dict[tuple[str, str], int] = {}
    rows, columns = [], []
    for protein, by_kind in enumerate(labels):
        carried = {
            (kind, label)
            for kind, values in by_kind.items()
            for value in values
            for label in (_ec_classes(value) if kind == EC_NUMBER else (value,))
        }
        for label in sorted(carried):
            rows.append(protein)
            columns.append(numbers.setdefault(label, len(numbers)))
    ones = np.ones(len(rows), np.int32)
    shape = (len(labels), len(numbers))
    matrix = sparse.coo_array((ones, (rows, columns)), shape=shape, dtype=np.int32).tocsc()
    tested = np.flatnonzero(matrix.sum(axis=0) >= min_proteins)
    names = list(numbers)
    return [names[index] for index in tested], matrix[:, tested]


def _ec_classes(number: str) -> list[str]:
    """`2.7.11.1` as itself and its classes: 2.7.11.-, 2.7.-.-, 2.-.-.-."""
    parts = [part for part in number.split(".") if part != "-"]
    levels = range(1, len(parts) + 1)
    return [".".join([*parts[:n], *["-"] * (_N_EC_LEVELS - n)]) for n in levels]


def _odds_ratio(
    n: NDArray[np.integer],
    n_strong: NDArray[np.integer],
    n_background: NDArray[np.integer],
    n_proteins: int,
) -> NDArray[np.float64]:
    strong_without, other_with = n_strong - n, n_background - n
    other_without = n_proteins - n - strong_without - other_with
    return (n + 0.5) * (other_without + 0.5) / ((strong_without + 0.5) * (other_with + 0.5))
