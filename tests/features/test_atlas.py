import json
import math

import pytest
from tests.features.synthetic_database import write_database

from interplm.features.atlas import write_atlas
from interplm.features.database.reader import FeatureReader

KEYS = {
    "feature_index", "label", "summary", "description", "activation_pattern", "category",
    "exemplar_protein_families", "uniref90_frequency", "uniref90_idf", "uniref90_max_activation",
    "top_100_uniref_ids", "top_swissprot_activations", "decoder_nearest_neighbors", "threshold",
}  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = write_database(
        tmp_path_factory.mktemp("atlas") / "features.duckdb", n_features=24, n_proteins=60
    )
    found = FeatureReader(path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def records(reader, tmp_path_factory):
    path = tmp_path_factory.mktemp("atlas") / "features.jsonl"
    n = write_atlas(reader, path)
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(found) == n
    return found


def test_every_feature_that_fires_has_a_record_with_all_keys(reader, records):
    fires = [n for n, count in enumerate(reader.columns("n_active")["n_active"]) if count]
    assert [record["feature_index"] for record in records] == fires
    assert all(record.keys() == KEYS | {"dataset"} for record in records)


def test_figures_are_those_of_the_database(reader, records):
    labels = {pair.feature: pair for pair in reader.labels()}
    labelled = [record for record in records if record["label"]]
    assert labelled
    assert len(labelled) < len(records)
    for record in records:
        feature = reader.feature(record["feature_index"])
        assert record["uniref90_frequency"] == feature.density
        assert record["uniref90_idf"] == pytest.approx(math.log(1 / feature.density))
        strongest = record["top_swissprot_activations"]
        assert [one["accession"] for one in strongest] == record["top_100_uniref_ids"]
        values = [one["max_activation"] for one in strongest]
        assert values == sorted(values, reverse=True)
        assert values[0] <= feature.scale * 1.001
        near = [one["feature_index"] for one in record["decoder_nearest_neighbors"]]
        assert near == [one.other for one in reader.similar(feature.feature, 10)]
        pair = labels.get(feature.feature)
        assert record["label"] == (pair and pair.concept)
        assert record["threshold"] == (pair and pytest.approx(pair.threshold * feature.scale))
        assert (f"{pair.precision:.2f}" if pair else "No label") in record["summary"]
