import gc
import json
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pytest
from tests.damage import damaged_copies
from tests.features.synthetic_database import write_database

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.features.database.reader import FeatureReader
from interplm.features.database.records import BUCKETS
from interplm.features.database.schema import TABLES
from interplm.features.database.search import FeatureQuery

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
    assert reader.feature(N_FEATURES - 1).feature == N_FEATURES - 1


def test_examples_on_proteins_are_those_of_all_features_the_strongest_first(reader, sql):
    accessions = [example.accession for example in reader.examples(0, "top")[:2]]
    found = reader.examples_on(accessions)
    (stored,) = sql("SELECT count(*) FROM examples WHERE accession IN (?, ?)", *accessions)
    assert len(found) == stored[0] > len({example.feature for example in found}) > 1
    assert {example.accession for example in found} == set(accessions)
    maxima = [example.maximum for example in found]
    assert maxima == sorted(maxima, reverse=True)
    assert reader.examples_on([]) == []


def test_scales_are_one_where_a_feature_never_fired(reader, sql):
    stored = np.array([scale for (scale,) in sql("SELECT scale FROM features ORDER BY feature")])
    assert (stored == 0).any()
    np.testing.assert_array_equal(reader.scales[stored == 0], 1)
    np.testing.assert_array_equal(reader.scales[stored > 0], stored[stored > 0].astype("float32"))


def test_pairs_of_a_feature_are_the_saes_and_of_a_concept_those_of_all_representations(reader):
    assert {pair.representation for pair in reader.pairs(feature=0)} == {"sae"}
    assert {p.representation for p in reader.pairs(concept="Signal peptide")} == {"sae", "neurons"}


def test_pairs_come_with_the_best_average_precision_first(reader):
    for pairs in (reader.pairs(concept="Signal peptide"), reader.best_pairs()):
        values = [pair.average_precision for pair in pairs]
        assert values == sorted(values, reverse=True)


def test_each_concept_has_one_best_pair_of_each_representation(reader):
    concepts = sorted(row.concept for row in reader.concepts)
    assert sorted(pair.concept for pair in reader.best_pairs("neurons")) == concepts
    best = reader.best_pairs()
    assert all(pair.best_by_average_precision and pair.representation == "sae" for pair in best)
    assert reader.best_features(2) == [(p.concept, p.feature, p.f1) for p in best[:2]]
    assert reader.best_pairs(role="amino_acid") == []


def test_summaries_and_differences_come_in_the_order_in_which_they_are_shown(reader, sql):
    assert list(reader.summaries) == ["sae", "neurons"]
    (expected,) = sql("SELECT n_features_with_concept FROM representations "
                      "WHERE representation = 'sae'")[0]  # fmt: skip
    assert reader.n_concept_features()["sae"] == expected
    assert [row.baseline for row in reader.differences] == ["neurons"]


def test_scores_of_a_pair_come_by_threshold_of_the_test_proteins(reader, sql):
    for feature in range(40):
        for pair in reader.pairs(feature=feature):
            expected = sql(
                "SELECT recall FROM scores WHERE concept = ? AND feature = ? "
                "AND split = 'test' ORDER BY threshold",
                pair.concept, feature,
            )  # fmt: skip
            assert [(s.recall,) for s in reader.scores(pair.concept, feature)] == expected


def test_verdicts_are_paged_by_strength_and_counted(reader, sql):
    concept = reader.best_pairs()[0].concept
    counts = reader.n_verdicts(concept)
    assert counts == dict(
        sql("SELECT verdict, count(*) FROM verdicts WHERE concept = ? GROUP BY verdict", concept)
    )
    every = reader.verdicts(concept, "found")
    assert len(every) == counts["found"]
    assert every[2:5] == reader.verdicts(concept, "found", limit=3, offset=2)
    assert reader.verdicts(concept, "missed")[0].n_found == 0


def test_concepts_too_rare_to_be_scored_are_known_with_their_counts(reader):
    (rare,) = reader.rare_concepts
    assert (rare.concept, rare.n_domains) == ("Motif: DEAD box", 3)


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


def test_readers_go_on_while_the_database_is_written_anew_and_write_nothing(tmp_path):
    path = write_database(tmp_path / "features.duckdb", n_features=2, n_proteins=2)
    readers = [FeatureReader(path), FeatureReader(path)]
    assert list(tmp_path.iterdir()) == [path]
    # As scoring does: written beside it, then renamed.
    write_database(tmp_path / "new.duckdb", n_features=3, n_proteins=2).replace(path)
    for reader in readers:
        assert (reader.n_features, reader.feature(1).feature) == (2, 1)
        reader.close()
    again = FeatureReader(path)
    assert again.n_features == 3
    again.close()
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_that_is_let_go_lets_its_file_go(tmp_path):
    path = write_database(tmp_path / "features.duckdb", n_features=2, n_proteins=2)
    gc.disable()
    try:
        reader = FeatureReader(path, n_threads=1)
        reader.feature(0), reader.examples(0), reader.pairs(concept="Signal")
        reader.annotations(list(reader.proteins(["P00001"])))
        reader.place_in(FeatureQuery(), 0)
        del reader
        # DuckDB refuses other settings as long as it is open with these.
        FeatureReader(path, n_threads=2).close()
    finally:
        gc.enable()


def test_a_feature_s_examples_of_one_bucket_are_among_all_of_them(reader):
    every = reader.examples(3)
    by_bucket = [one for bucket in BUCKETS for one in reader.examples(3, bucket)]
    assert sorted(by_bucket, key=lambda one: one.rank) == sorted(every, key=lambda one: one.rank)
    assert [e.maximum for e in every] == sorted((e.maximum for e in every), reverse=True)


def test_what_a_caller_does_with_what_it_got_changes_nothing(reader):
    accession = reader.examples(3)[0].accession
    for found in (reader.examples(3), reader.annotations([accession])[accession],
                  reader.pairs(concept=reader.concepts[0].concept)):  # fmt: skip
        found.clear()
    assert reader.examples(3)
    assert reader.annotations([accession])[accession]
    assert reader.pairs(concept=reader.concepts[0].concept)


def test_the_place_in_a_list_is_that_of_the_list(reader):
    query = FeatureQuery(sort="density", amino_acids=True, area=[0, 0, 1, 1])
    listed = [row.feature for row in reader.find(query, limit=1000)[0]]
    places = [reader.place_in(query, feature) for feature in listed]
    assert [place.place for place in places] == list(range(1, len(listed) + 1))
    assert [place.previous for place in places] == [None, *listed[:-1]]
    assert [place.next for place in places] == [*listed[1:], None]
    assert {place.total for place in places} == {len(listed)}
    assert reader.place_in(query, N_FEATURES) is None


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
    with pytest.raises(BrokenArtifact, match=r"schema version 99.* reads 4: run `python -m"):
        FeatureReader(path)


def test_a_database_of_another_layer_is_refused(reader):
    reader.check_model(plm="esm2_demo", layer=3)
    with pytest.raises(FingerprintMismatch, match=r"layer=3, but the SAE beside it reads layer=4"):
        reader.check_model(plm="esm2_demo", layer=4)


def test_meta_is_plain_json(reader):
    assert json.loads(json.dumps(reader.meta))["plm"] == "esm2_demo"


def test_damage_anywhere_is_an_error_and_not_another_number(tmp_path):
    path = write_database(tmp_path / "features.duckdb", n_features=6, n_proteins=8)

    def read():
        reader = FeatureReader(path)
        try:
            return [reader._all(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES]
        finally:
            reader.close()

    whole = repr(read())
    n_noticed = 0
    for how in damaged_copies(path, n_flips=12, n_zeroed=8, n_cuts=4):
        try:
            found = repr(read())
        except BrokenArtifact:
            n_noticed += 1
        else:
            assert found == whole, how
    assert n_noticed > 5
