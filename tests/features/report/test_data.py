import pytest
from tests.features.databases import tables

from interplm.features.database.writer import open_database, write_database
from interplm.features.report.data import read_report_data
from interplm.features.report.report import read_headlines


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "features.duckdb"
    write_database(path, tables())
    rows = read_headlines(path)
    with open_database(path) as connection:
        return read_report_data(connection, rows)


def test_a_pair_is_chosen_on_validation_proteins_even_where_another_tests_better(data):
    assert [(line.concept.concept, line.pair.feature) for line in data.concepts] == [
        ("Zinc finger", 0), ("Helix & <b>turn</b>", 2)
    ]  # fmt: skip


def test_beside_a_pair_stand_the_best_baseline_and_the_curve(data):
    zinc, helix = data.concepts
    assert (zinc.baseline, zinc.baseline_average_precision) == ("PLM neurons", pytest.approx(0.4))
    # What finds nothing ranks as chance does.
    assert helix.baseline_average_precision == pytest.approx(0.2)
    assert [(point.threshold, point.recall) for point in zinc.curve] == [
        (0.0, 0.75), (0.5, 0.75), (pytest.approx(0.8), 0.75)
    ]  # fmt: skip
    assert zinc.probe_average_precision is None


def test_amino_acids_controls_and_what_nothing_finds_stand_apart(data):
    assert [line.concept.concept for line in data.amino_acids] == ["Amino acid: C"]
    assert [row.concept for row in data.missed] == ["Strand"]
    assert data.controls == []
    assert data.n_rare == 1


def test_average_precision_of_every_concept_is_there_for_every_representation(data):
    assert len(data.average_precision) == 3
    table = data.average_precision.loc[["Zinc finger", "Helix & <b>turn</b>", "Strand"]]
    assert table.sae.tolist() == pytest.approx([0.9, 0.3, 0.03])
    assert table.neurons.tolist() == pytest.approx([0.4, 0.2, 0.03])


def test_features_are_summed_up(data):
    assert (data.n_silent, data.n_dense, data.n_significant) == (1, 1, 1)
    assert data.patterns[0] == ("point", 2)
    assert data.strengths == [("follows", 2), ("marks", 1)]
    assert [row["feature"] for row in data.densest] == [2]
