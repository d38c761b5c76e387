import pytest

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.pages.features.query import DENSITIES, feature_query, query_from_json
from interplm.features.database.search import FeatureQuery


def test_an_empty_address_asks_for_everything_by_concept():
    assert feature_query(Address({})) == FeatureQuery(proteins=False)


def test_each_entry_is_a_condition():
    query = feature_query(Address({
        "q": "zinc", "concept": "a", "category": "b", "pattern": "motif", "ap": "0.5",
        "density": "0.1 – 1 %", "area": "0,0.5,1,0.75",
        "families": "Regions|no concept", "amino": "1", "proteins": "1",
        "sort": "density", "order": "ascending",
    }))  # fmt: skip
    assert query == FeatureQuery(
        text="zinc", concept="a", category="b", pattern="motif", min_average_precision=0.5,
        min_density=DENSITIES["0.1 – 1 %"][0], max_density=DENSITIES["0.1 – 1 %"][1],
        area=(0, 0.5, 1, 0.75), families=("Regions", ""),
        amino_acids=True, sort="density", descending=False,
    )  # fmt: skip


@pytest.mark.parametrize("entries", [{"area": "1,2"}, {"area": "x,y,z,w"}, {"ap": "many"},
                                     {"sort": "f1; DROP"}, {"density": "none"}])  # fmt: skip
def test_what_is_no_condition_is_none(entries):
    assert feature_query(Address(entries)) == FeatureQuery(proteins=False)


def test_a_query_of_the_api_may_name_a_concept_by_an_alias(explorer):
    assert query_from_json(explorer, {"text": "zinc"}) == FeatureQuery(text="zinc")
    alias = next(alias for row in explorer.reader.concepts for alias in row.aliases)
    row = explorer.concept(alias)
    given = {"concept": alias, "category": row.category, "pattern": "motif"}
    assert query_from_json(explorer, given) == FeatureQuery(**given | {"concept": row.concept})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"colour": "red"}, "colour is not a condition; there are amino_acids"),
        ({"concept": "Signal peptid"}, "No concept 'Signal peptid' was scored. Did you mean Sig"),
        (
            {"category": "Zink finger"},
            "There is no category 'Zink finger'; there are .*Zinc",
        ),
        ({"pattern": "spotty"}, "There is no pattern 'spotty'; there are domain, motif"),
    ],
)
def test_what_a_query_of_the_api_names_wrongly_is_said(explorer, values, sentence):
    with pytest.raises(UserError, match=sentence):
        query_from_json(explorer, values)
