import csv
import io

import pytest

from interplm.errors import UserError
from interplm.explorer.tables import TABLES, table_csv

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def arguments(explorer):
    concept = explorer.reader.best_pairs()[0]
    return {
        "feature": concept.feature, "concept": concept.concept, "protein": SEQUENCE,
        "mutations": "L8P", "region": "5-8", "show": "all",
    }  # fmt: skip


def given_to(explorer, name, changes):
    """What a table takes, with changes; None leaves an argument out."""
    takes = TABLES[name][1] if name in TABLES else ()
    taken = {k: v for k, v in arguments(explorer).items() if k in takes}
    return {k: v for k, v in (taken | changes).items() if v is not None}


def rows(explorer, name, **changes):
    given = given_to(explorer, name, changes)
    return list(csv.DictReader(io.StringIO(table_csv(explorer, name, given))))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_one_value_a_cell_and_as_many_in_each_row(explorer, name):
    found = rows(explorer, name)
    assert found
    for row in found:
        assert None not in row
        assert None not in row.values()


def test_values_are_those_of_the_database_in_full_precision(explorer):
    feature = arguments(explorer)["feature"]
    stored = explorer.reader.pairs(feature=feature)
    found = rows(explorer, "pairs")
    assert [float(row["average_precision"]) for row in found] == [
        pair.average_precision for pair in stored
    ]
    counts = [int(row["residues"]) for row in rows(explorer, "histogram")]
    assert counts == list(explorer.reader.feature(feature).histogram)


def test_verdicts_are_all_of_them_with_names_and_families(explorer):
    concept = arguments(explorer)["concept"]
    counts = explorer.reader.n_verdicts(concept)
    found = rows(explorer, "verdicts")
    assert len(found) == sum(counts.values())
    protein = explorer.reader.proteins([found[0]["accession"]])[found[0]["accession"]]
    assert (found[0]["name"], found[0]["cluster"]) == (protein.name, protein.cluster)


@pytest.mark.parametrize("name", ["concept_pairs", "scores", "verdicts"])
def test_a_concept_may_be_given_by_an_alias(explorer, name):
    pair, row = next(
        (pair, row) for pair in explorer.reader.best_pairs()
        if (row := explorer.concept(pair.concept)).aliases
        and explorer.concept(row.aliases[0]) == row
    )  # fmt: skip
    by_name, by_alias = (
        rows(explorer, name, concept=concept, feature=pair.feature if name == "scores" else None)
        for concept in (row.concept, row.aliases[0])
    )
    assert by_alias == by_name


def test_activations_are_those_of_the_model(explorer):
    features = explorer.encoder.encode(SEQUENCE)
    found = rows(explorer, "activations", region=None, mutations=None)
    assert "".join(row["amino_acid"] for row in found) == SEQUENCE
    names = [name for name in found[0] if name.startswith("f")]
    for name in names[:5]:
        expected = features.of(int(name[1:])).tolist()
        assert [float(row[name]) for row in found] == expected


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("nothing", {}, "There is no table 'nothing'; there are representations"),
        ("pairs", {"feature": None}, "feature must be a whole number, got None"),
        ("pairs", {"feature": "5"}, "feature must be a whole number, got '5'"),
        ("pairs", {"feature": 999}, "There is no feature 999"),
        ("scores", {"concept": 5}, "concept must be a text, got 5"),
        ("activations", {"protein": None}, "protein is missing"),
        ("changes", {"mutations": None}, "Give mutations or another sequence"),
        ("activations", {"protein": "MK1 MK"}, "not a residue"),
        ("strongest", {"rank": "bogus"}, "rank must be one of maximum, mean, extent, got 'bogus'"),
        ("strongest", {"show": "al"}, "show must be one of evidence, concepts, amino, all"),
        ("strongest", {"shwo": "all"}, "shwo is not an argument of this; there are protein, mut"),
        ("strongest", {"region": 5}, "region must be a text, got 5"),
        ("strongest", {"protein": ">a\nMKA\n>b\nMKA"}, "2 proteins were given: give one"),
        ("substitutions", {"protein": ">a\nMKA\n>b\nMKA"}, "2 proteins were given: give one"),
        ("substitutions", {"protein": ""}, "protein is missing"),
        ("map", {"feature": 1}, "feature is not an argument of this; there are none"),
        ("scores", {"concept": "Signal peptid"}, "Did you mean Signal peptide"),
        ("concept_pairs", {"concept": "Signal peptid"}, "Did you mean Signal peptide"),
        ("verdicts", {"concept": "Signal peptid"}, "Did you mean Signal peptide"),
        ("scores", {"feature": 3}, "No scores of f/3 for .* are kept"),
    ],
)
def test_what_a_table_does_not_take_is_said(explorer, name, changes, sentence):
    given = given_to(explorer, name, changes)
    with pytest.raises(UserError, match=sentence):
        table_csv(explorer, name, given)
