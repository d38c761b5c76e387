import pytest
from tests.features.databases import PAIRS, tables

from interplm.features.database.writer import open_database, write_database
from interplm.features.report.data import chosen_pairs, read_report_data, summaries


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "features.duckdb"
    write_database(path, tables())
    with open_database(path) as connection:
        return read_report_data(connection)


def test_a_pair_is_chosen_on_validation_proteins_even_where_another_tests_better():
    chosen = chosen_pairs(PAIRS)
    zinc = chosen[(chosen.representation == "sae") & (chosen.concept == "Zinc finger")]
    assert zinc.feature.tolist() == [0]
    assert len(chosen) == 5


def test_coverage_counts_what_passes_on_test_proteins_and_amino_acids_apart():
    sae, neurons = summaries(PAIRS)
    assert (sae.name, sae.n_features, sae.n_concepts, sae.n_amino_acids) == ("sae", 2, 1, 1)
    assert sae.best_f1.tolist() == pytest.approx([0.9, 0.3])
    assert (neurons.n_features, neurons.n_concepts, neurons.n_amino_acids) == (0, 0, 1)


def test_an_sae_without_any_pair_still_stands_in_the_comparison():
    sae, neurons = summaries(PAIRS[PAIRS.representation == "neurons"])
    assert (sae.name, sae.n_features, sae.n_concepts) == ("sae", 0, 0)
    assert neurons.name == "neurons"


def test_the_best_pair_of_a_concept_has_the_neurons_beside_it_and_its_curve(data):
    best = data.best[0]
    assert (best.pair["concept"], best.pair["feature"]) == ("Zinc finger", 0)
    assert best.f1_neurons == pytest.approx(0.4)
    # A domain: recall over instances.
    assert [(point["threshold"], point["recall"]) for point in best.curve] == [
        (0.0, 0.75), (0.5, 0.75), (pytest.approx(0.8), 0.75)
    ]  # fmt: skip
    assert data.best[1].f1_neurons is None
    assert [found.curve[0]["recall"] for found in data.amino_acids] == [0.25]


def test_features_are_summed_up(data):
    assert (data.n_dead, data.n_dense, data.n_concepts, data.n_significant) == (1, 1, 2, 3)
    assert data.patterns[0] == ("point", 2)
    assert [row["feature"] for row in data.densest] == [2]
