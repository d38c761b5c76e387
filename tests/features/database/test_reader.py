import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pytest
from tests.features.synthetic_database import write_database

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.features.database.reader import FeatureReader
from interplm.features.report.data import summaries

N_FEATURES, N_PROTEINS = 105, 80


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    return write_database(folder / "features.duckdb", n_features=N_FEATURES, n_proteins=N_PROTEINS)


@pytest.fixture(scope="module")
def reader(path):
    return FeatureReader(path)


@pytest.fixture(scope="module")
def sql(path, reader):
    """Plain SQL on the same file, as an independent reference."""
    return lambda text, *values: reader._connection.cursor().execute(text, values).fetchall()


def test_counts_are_those_of_the_tables(reader):
    assert (reader.n_features, reader.n_proteins) == (N_FEATURES, N_PROTEINS)


def test_a_feature_that_is_not_there_is_none(reader):
    assert reader.feature(N_FEATURES) is None
    assert reader.feature(N_FEATURES - 1).summary.feature == N_FEATURES - 1


def test_scales_are_one_where_a_feature_never_fired(reader, sql):
    stored = np.array([scale for (scale,) in sql("SELECT scale FROM features ORDER BY feature")])
    assert (stored == 0).any()
    np.testing.assert_array_equal(reader.scales[stored == 0], 1)
    np.testing.assert_array_equal(reader.scales[stored > 0], stored[stored > 0].astype("float32"))


def test_pairs_of_a_feature_are_the_saes_and_of_a_concept_those_of_all_representations(reader):
    assert {pair.representation for pair in reader.pairs(feature=0)} == {"sae"}
    assert {p.representation for p in reader.pairs(concept="Signal peptide")} == {"sae", "neurons"}


def test_features_with_a_concept_are_counted_once(reader, sql):
    (expected,) = sql(
        "SELECT count(*) FROM features WHERE f1 > 0.5"
    )[0]  # one pair a feature in this database  # fmt: skip
    assert reader.n_concept_features(0.5)["sae"] == expected


def test_amino_acids_count_for_nothing_here_or_in_the_report(path, tmp_path):
    copy = tmp_path / "features.duckdb"
    shutil.copy(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "INSERT INTO pairs BY NAME SELECT 'sae' AS representation, 'Amino acid: L' AS concept, "
            "feature, 1.0 AS f1 FROM features"
        )
        pairs = connection.sql("SELECT * FROM pairs").df()
    (of_report,) = (found for found in summaries(pairs) if found.name == "sae")
    reader = FeatureReader(copy)
    assert reader.n_concept_features(0.5)["sae"] == of_report.n_features < N_FEATURES
    best = reader.best_features(1000)
    expected = pairs[(pairs.representation == "sae") & (pairs.concept != "Amino acid: L")]
    assert {concept: f1 for concept, _, f1 in best} == expected.groupby(
        "concept"
    ).f1.max().to_dict()
    assert [f1 for *_, f1 in best] == sorted((f1 for *_, f1 in best), reverse=True)
    assert reader.best_features(2) == best[:2]
    reader.close()


def test_scores_use_the_recall_that_f1_uses(reader, sql):
    kinds = dict(sql("SELECT concept, kind FROM concepts"))
    for feature in range(40):
        for pair in reader.pairs(feature=feature):
            column = "recall_domain" if kinds[pair.concept] == "domain" else "recall"
            expected = sql(
                f"SELECT {column} FROM scores WHERE concept = ? AND feature = ? "
                "AND split = 'test' ORDER BY threshold",
                pair.concept, feature,
            )  # fmt: skip
            assert [(s.recall,) for s in reader.scores(pair.concept, feature)] == expected


def test_examples_come_with_the_strongest_first(reader):
    examples = reader.examples(0, "top")
    maxima = [example.maximum for example in examples]
    assert maxima == sorted(maxima, reverse=True)
    assert examples[0].peak in examples[0].positions
    assert len(reader.examples(0)) > len(examples)


def test_unknown_accessions_are_left_out(reader):
    assert list(reader.proteins(["DEMO00001", "../../etc/passwd", "'; DROP TABLE x"])) == [
        "DEMO00001"
    ]


def test_annotations_carry_the_family_of_their_concept(reader):
    spans = reader.annotations(["DEMO00001"])["DEMO00001"]
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert spans[0].family == "Modification"  # the myristate at its start


def test_the_background_sums_to_one(reader):
    assert sum(reader.background.values()) == pytest.approx(1)


def test_many_threads_read_at_once_and_agree(reader):
    expected = [reader.feature(number) for number in range(50)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reader.feature, list(range(50)) * 4)) == expected * 4


def test_no_query_reaches_another_file(reader):
    with pytest.raises(duckdb.Error, match="disabled"):
        reader._connection.cursor().execute("SELECT * FROM read_text('/etc/passwd')")


def test_a_missing_database_names_the_job_that_makes_it(tmp_path):
    with pytest.raises(MissingArtifact, match=r"does not exist: run `python -m interplm.score"):
        FeatureReader(tmp_path / "features.duckdb")


def test_a_file_that_is_no_database_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "features.duckdb"
    path.write_text("no database" * 1000)
    with pytest.raises(BrokenArtifact, match=r"not a readable feature database .* again"):
        FeatureReader(path)


def test_a_database_of_another_version_is_refused_with_the_mend(tmp_path):
    path = write_database(tmp_path / "f.duckdb", n_features=2, n_proteins=2, schema_version=99)
    with pytest.raises(BrokenArtifact, match=r"schema version 99.* reads 1: run `python -m"):
        FeatureReader(path)


def test_a_database_of_another_layer_is_refused(reader):
    reader.check_model(plm="esm2_demo", layer=3)
    with pytest.raises(FingerprintMismatch, match=r"layer=3, but the SAE beside it reads layer=4"):
        reader.check_model(plm="esm2_demo", layer=4)


def test_meta_is_plain_json(reader):
    assert json.loads(json.dumps(reader.meta))["plm"] == "esm2_demo"
