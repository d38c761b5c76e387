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
        "density": "0.1 – 1 %", "area": "0,0.5,1,0.75", "amino": "1", "proteins": "1",
        "sort": "density", "order": "ascending",
    }))  # fmt: skip
    assert query == FeatureQuery(
        text="zinc", concept="a", category="b", pattern="motif", min_average_precision=0.5,
        min_density=DENSITIES["0.1 – 1 %"][0], max_density=DENSITIES["0.1 – 1 %"][1],
        area=(0, 0.5, 1, 0.75), amino_acids=True, sort="density", descending=False,
    )  # fmt: skip


@pytest.mark.parametrize("entries", [{"area": "1,2"}, {"area": "x,y,z,w"}, {"ap": "many"},
                                     {"sort": "f1; DROP"}, {"density": "none"}])  # fmt: skip
def test_what_is_no_condition_is_none(entries):
    assert feature_query(Address(entries)) == FeatureQuery(proteins=False)


def test_an_unknown_entry_of_the_api_is_named():
    assert query_from_json({"text": "zinc"}) == FeatureQuery(text="zinc")
    with pytest.raises(UserError, match="colour is not a condition; there are amino_acids"):
        query_from_json({"colour": "red"})
