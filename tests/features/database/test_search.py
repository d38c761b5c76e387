import duckdb
import pytest
from tests.features.synthetic_database import write_database

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.errors import UserError
from interplm.features.database.reader import FeatureReader
from interplm.features.database.search import SORTS, FeatureQuery

N_FEATURES = 105


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("database") / "features.duckdb"
    write_database(path, n_features=N_FEATURES, n_proteins=80)
    with duckdb.connect(str(path)) as connection:
        # Some features detect a second concept, less well than the one that labels them.
        connection.execute(
            "INSERT INTO pairs SELECT p.* REPLACE ('Signal peptide' AS concept, "
            "p.average_precision / 2 AS average_precision) FROM pairs p WHERE "
            "representation = 'sae' AND feature % 5 = 0 AND concept <> 'Signal peptide'"
        )
    return FeatureReader(path)


@pytest.fixture(scope="module")
def sql(reader):
    """Plain SQL on the same file, as an independent reference."""
    return lambda text, *values: reader._connection.cursor().execute(text, values).fetchall()


def numbers(reader, **conditions):
    found, total = reader.find(FeatureQuery(**conditions), limit=N_FEATURES)
    assert total == len(found)
    return [row.feature for row in found]


def test_an_empty_query_finds_all_but_what_amino_acids_explain(reader, sql):
    every = {n for (n,) in sql("SELECT feature FROM features")}
    amino = {n for (n,) in sql("SELECT feature FROM features WHERE list_contains(?, label)",
                               sorted(AMINO_ACID_NAMES))}  # fmt: skip
    assert set(numbers(reader)) == every - amino
    assert set(numbers(reader, amino_acids=True)) == every


def test_a_protein_finds_no_feature_of_an_amino_acid_unless_it_is_asked_for(tmp_path):
    path = tmp_path / "features.duckdb"
    write_database(path, n_features=21, n_proteins=30)
    with duckdb.connect(str(path)) as connection:
        feature, accession = connection.execute(
            "SELECT feature, accession FROM examples JOIN pairs USING (feature) "
            "WHERE bucket = 'top' AND representation = 'sae' ORDER BY ALL LIMIT 1"
        ).fetchone()
        connection.execute("INSERT INTO concepts SELECT * REPLACE ('Amino acid: C' AS concept) "
                           "FROM concepts LIMIT 1")  # fmt: skip
        connection.execute(
            "UPDATE pairs SET concept = 'Amino acid: C' WHERE feature = ?", [feature]
        )
        connection.execute("UPDATE features SET label = 'Amino acid: C', concept = label "
                           "WHERE feature = ?", [feature])  # fmt: skip
    reader = FeatureReader(path)
    assert feature not in numbers(reader, text=accession)
    assert feature in numbers(reader, text=accession, amino_acids=True)
    assert numbers(reader, text=f"f/{feature}", proteins=False) == [feature]
    assert numbers(reader, text="amino acid", proteins=False) == [feature]
    reader.close()


def test_a_word_is_found_in_every_pair_and_not_in_labels_alone(reader, sql):
    for (concept,) in sql("SELECT DISTINCT concept FROM pairs WHERE representation = 'sae'"):
        query = "SELECT feature FROM pairs WHERE representation = 'sae' AND concept = ?"
        detecting = {n for (n,) in sql(query, concept)}
        assert set(numbers(reader, concept=concept)) == detecting
        assert detecting <= set(numbers(reader, text=concept.upper()))


def test_a_concept_that_is_not_the_label_comes_with_its_own_figures(reader, sql):
    second, concept, value = sql(
        "SELECT p.feature, p.concept, p.average_precision FROM pairs p JOIN features f "
        "USING (feature) WHERE representation = 'sae' AND p.concept <> f.concept LIMIT 1"
    )[0]
    (row,) = [r for r in reader.find(FeatureQuery(concept=concept), limit=N_FEATURES)[0]
              if r.feature == second]  # fmt: skip
    assert (row.concept, row.average_precision) == (concept, value)
    assert row.label != concept


def test_words_may_stand_in_any_order_and_all_must(reader):
    assert set(numbers(reader, text="finger zinc")) == set(numbers(reader, text="zinc finger"))
    assert numbers(reader, text="zinc nonsense") == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Coiled coil", ["coiled-coil", "COILED–COIL", "coiled coil"]),
        ("Binding site: Ca(2+)", ["Ca2+", "ca(2+)", "Ca2+-binding", "[Ca2+]"]),
        ("Gene: IGHV1-2", ["IGHV1-2", "ighv1"]),
        ("Zinc finger: C2H2-type", ["zinc-finger C2H2-type", "C2H2 type"]),
        ("Amino acid: C", ["cysteine", "Cys", "amino-acid c"]),
        ("Amino acid: E", ["glutamic acid", "glutamate", "GLU"]),
    ],
)
def test_a_concept_is_found_however_it_is_written(tmp_path, name, texts):
    reader, detecting = database_with(tmp_path, name)
    for text in texts:
        assert set(numbers(reader, text=text, proteins=False)) == detecting
        assert [one.concept for one in reader.sought(FeatureQuery(text=text))] == [name]
    reader.close()


@pytest.mark.parametrize(("name", "text"), [("Gene: IGHV1-8*02", "IGHV1-2"), ("Helix", "()"),
                                            ("Amino acid: C", "serine")])  # fmt: skip
def test_a_concept_that_lacks_what_is_written_is_not_found(tmp_path, name, text):
    reader, _ = database_with(tmp_path, name)
    assert numbers(reader, text=text, proteins=False) == []
    reader.close()


def database_with(folder, name):
    """One whose features all detect one concept, and which of them do."""
    path = folder / "features.duckdb"
    write_database(path, n_features=21, n_proteins=30)
    with duckdb.connect(str(path)) as connection:
        (old,) = connection.execute("SELECT min(concept) FROM concepts").fetchone()
        connection.execute("DELETE FROM concepts WHERE concept <> ?", [old])
        connection.execute("UPDATE concepts SET concept = ?, aliases = [], family = 'Any', "
                           "category = 'Any'", [name])  # fmt: skip
        for table in ("pairs", "scores"):
            connection.execute(f"UPDATE {table} SET concept = ?", [name])
        connection.execute("UPDATE features SET label = ?, concept = ? WHERE label IS NOT NULL",
                           [name, name])  # fmt: skip
        rows = connection.execute("SELECT feature FROM pairs WHERE representation = 'sae'")
        detecting = {feature for (feature,) in rows.fetchall()}
    return FeatureReader(path), detecting


def test_an_accession_and_a_name_find_what_fires_on_the_protein(reader, sql):
    accession, name = sql("SELECT accession, name FROM proteins JOIN examples USING (accession) "
                          "WHERE bucket = 'top' LIMIT 1")[0]  # fmt: skip
    query = "SELECT feature FROM examples WHERE accession = ? AND bucket = 'top'"
    firing = {n for (n,) in sql(query, accession)}
    assert set(numbers(reader, text=accession.lower())) == firing
    found, _ = reader.find(FeatureQuery(text=accession), limit=N_FEATURES)
    assert {row.protein for row in found} == {accession}
    assert firing <= set(numbers(reader, text=name[:60]))
    assert numbers(reader, text=accession, proteins=False) == []


def test_concepts_that_have_all_words_come_before_proteins_that_have(reader):
    found, _ = reader.find(FeatureQuery(text="zinc"), limit=N_FEATURES)
    by_protein = [row.protein is not None for row in found]
    assert by_protein == sorted(by_protein)
    assert by_protein.count(False) > 0


@pytest.mark.parametrize("text", ["f/20", "F/20", "f20", "20"])
def test_a_number_finds_its_feature(reader, text):
    assert 20 in numbers(reader, text=text)


@pytest.mark.parametrize("text", ["100%", "' OR true --", "\\", "{}", "%s", "f/999999999"])
def test_signs_that_mean_something_elsewhere_are_only_text(reader, text):
    assert numbers(reader, text=text) == []


def test_conditions_all_hold(reader, sql):
    found = numbers(reader, category="Zinc finger", min_average_precision=0.3, min_density=1e-4,
                    max_density=0.05, sort="density")  # fmt: skip
    assert found == [
        n
        for (n,) in sql(
            "SELECT f.feature FROM features f JOIN pairs p USING (feature, concept) JOIN concepts "
            "c USING (concept) WHERE p.representation = 'sae' AND c.category = 'Zinc finger' AND "
            "p.average_precision >= 0.3 AND f.density BETWEEN 1e-4 AND 0.05 ORDER BY f.density DESC"
        )
    ]


def test_an_area_of_the_map_holds_what_is_drawn_there(reader):
    places = reader.columns("x", "y")
    x, y = ([(v - min(values)) / (max(values) - min(values)) for v in values]
            for values in places.values())  # fmt: skip
    inside = {n for n in range(N_FEATURES) if 0.2 <= x[n] <= 0.6 and 0.3 <= y[n] <= 0.9}
    assert set(numbers(reader, area=(0.6, 0.3, 0.2, 0.9), amino_acids=True)) == inside


def test_families_are_those_of_the_labels(reader):
    family = reader.columns("family")["family"]
    named = next(one for one in family if one)
    for families in ([named], [named, ""], [""]):
        inside = {n for n in range(N_FEATURES) if (family[n] or "") in families}
        assert set(numbers(reader, families=families, amino_acids=True)) == inside


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_never_overlap_and_lose_nothing(reader, sort, descending):
    query = FeatureQuery(sort=sort, descending=descending, amino_acids=True)
    pages = [reader.find(query, limit=20, offset=offset)[0] for offset in range(0, N_FEATURES, 20)]
    assert sorted(row.feature for page in pages for row in page) == list(range(N_FEATURES))
    assert reader.find(query, limit=20, offset=10**6) == ([], N_FEATURES)


def test_what_a_search_names_is_told_though_no_feature_is_found(reader, sql):
    (concept,) = sql("SELECT concept FROM concepts ORDER BY concept LIMIT 1")[0]
    (sought,) = reader.sought(FeatureQuery(concept=concept))
    assert sought.concept == concept
    assert (sought.n_test,) == sql("SELECT n_domains_test FROM concepts WHERE concept = ?",
                                   concept)[0]  # fmt: skip
    best = sql("SELECT max(f1) FROM scores WHERE split = 'test' AND concept = ?", concept)[0][0]
    assert sought.f1 == best
    assert reader.sought(FeatureQuery(text="no such word")) == []
    assert reader.sought(FeatureQuery()) == []


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("sort", "f1; DROP TABLE x", "sort must be one of"),
        ("text", "a" * 201, "longer than 200"),
        ("text", None, "text must be str"),
        ("min_average_precision", "0.5", "min_average_precision must be float"),
        ("min_average_precision", float("nan"), "min_average_precision must be a number"),
        ("max_density", True, "max_density must be float"),
        ("descending", 1, "descending must be bool"),
        ("area", (1, 2), "area must be four numbers"),
        ("area", (1, 2, 3, "4"), "area must be four numbers"),
        ("families", (1,), "families must be texts"),
    ],
)
def test_what_makes_no_query_is_named(field, value, what):
    with pytest.raises(UserError, match=what):
        FeatureQuery(**{field: value})
