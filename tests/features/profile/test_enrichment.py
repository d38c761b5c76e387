import numpy as np
import pytest
from scipy import stats
from tests.features.sparse_blocks import by_protein, random_features, runs

from interplm.features.profile.enrichment import StrongProteins, enriched_labels

N_PROTEINS = 40
LABELS = [
    {"EC number": ("2.7.11.1",)} if number < 6
    else {"EC number": ("2.7.1.40", "3.1.3.-")} if number < 9
    else {"Cofactor": ("Zn(2+)",)} if number % 4 == 0
    else {}
    for number in range(N_PROTEINS)
]  # fmt: skip


def strong_on(*proteins_of_features):
    matrix = np.zeros((len(proteins_of_features), N_PROTEINS), np.float32)
    for feature, proteins in enumerate(proteins_of_features):
        matrix[feature, list(proteins)] = 0.9
    found = StrongProteins(n_proteins=N_PROTEINS, d_sae=len(matrix), threshold=0.5)
    found.add(runs(matrix.T.copy(), [1] * N_PROTEINS))
    return found.matrix()


def table(found):
    return {
        (int(f), label): (kind, int(n), int(b), odds, q)
        for f, label, kind, n, b, odds, q in zip(
            found.feature, found.label, found.kind, found.n, found.n_background,
            found.odds_ratio, found.q_value, strict=True,
        )
    }  # fmt: skip


def test_a_feature_is_strong_where_its_maximum_passes_the_threshold():
    lengths = [4, 2, 7, 1]
    dense = random_features(np.random.default_rng(5), lengths, 6)
    found = StrongProteins(n_proteins=4, d_sae=6, threshold=0.5)
    found.add(runs(dense, lengths))
    expected = np.stack([part.max(axis=0) > 0.5 for part in by_protein(dense, lengths)], axis=1)
    assert np.array_equal(found.matrix().toarray() == 1, expected)


def test_strong_proteins_of_shards_are_joined():
    one, other = (StrongProteins(n_proteins=2, d_sae=1, threshold=0.5) for _ in range(2))
    one.add(runs(np.array([[0.9], [0.1]], np.float32), [1, 1]))
    other.add(runs(np.array([[0.1], [0.9]], np.float32), [1, 1]))
    one.merge(other)
    assert one.matrix().toarray().tolist() == [[1, 1]]


def test_every_test_is_fisher_s_and_adjusted_over_all_of_them():
    strong = strong_on(range(6), [0, 1, 12, 16, 33], [])
    found = table(enriched_labels(strong, LABELS, min_proteins=3, max_q=1.0, n_labels=99))
    carriers = {
        "2.7.11.1": range(6), "2.7.11.-": range(6), "2.7.-.-": range(9), "2.-.-.-": range(9),
        "2.7.1.40": range(6, 9), "2.7.1.-": range(6, 9), "3.1.3.-": range(6, 9),
        "3.1.-.-": range(6, 9), "3.-.-.-": range(6, 9),
        "Zn(2+)": [n for n in range(9, N_PROTEINS) if n % 4 == 0],
    }  # fmt: skip
    p_values, keys = [], []
    for feature in (0, 1):
        inside = strong.toarray()[feature] == 1
        for label, proteins in carriers.items():
            has = np.isin(np.arange(N_PROTEINS), list(proteins))
            cells = [[(inside & has).sum(), (inside & ~has).sum()],
                     [(~inside & has).sum(), (~inside & ~has).sum()]]  # fmt: skip
            p_values.append(stats.fisher_exact(cells, alternative="greater").pvalue)
            keys.append((feature, label, cells))
    q_values = stats.false_discovery_control(p_values)
    for (feature, label, cells), q in zip(keys, q_values, strict=True):
        if cells[0][0]:
            kind, n, background, odds, found_q = found.pop((feature, label))
            a, b, c, d = (cell + 0.5 for row in cells for cell in row)
            assert (n, background) == (cells[0][0], sum(row[0] for row in cells))
            assert odds == pytest.approx(a * d / (b * c))
            assert found_q == pytest.approx(q)
            assert kind == ("Cofactor" if "Zn" in label else "EC number")
    assert not found


def test_only_frequent_labels_are_tested_and_only_sure_ones_kept():
    found = table(
        enriched_labels(strong_on(range(6)), LABELS, min_proteins=4, max_q=0.05, n_labels=2)
    )
    assert set(found) == {(0, "2.7.11.1"), (0, "2.7.11.-")}


def test_proteins_without_labels_give_nothing():
    found = enriched_labels(
        strong_on(range(6)), [{}] * N_PROTEINS, min_proteins=1, max_q=1, n_labels=9
    )
    assert table(found) == {}
