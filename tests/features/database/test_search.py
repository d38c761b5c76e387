import pytest

from interplm.errors import UserError
from interplm.features.database.search import SORTS, FeatureQuery


def test_an_empty_query_asks_for_everything():
    assert FeatureQuery().where() == ("true", [])


def test_values_never_enter_the_sql_text():
    where, values = FeatureQuery(text="x'; --", concept="a'b", pattern="p'").where()
    assert "'" not in where.replace("' '", "")
    assert values == ["a'b", "p'", "x'; --"]


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_total(sort):
    assert FeatureQuery(sort=sort).order().endswith("NULLS LAST, feature")


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("sort", "f1; DROP TABLE x", "sort must be one of"),
        ("text", "a" * 201, "longer than 200"),
        ("text", None, "text must be str"),
        ("min_f1", "0.5", "min_f1 must be float"),
        ("descending", 1, "descending must be bool"),
    ],
)
def test_what_makes_no_query_is_named(field, value, what):
    with pytest.raises(UserError, match=what):
        FeatureQuery(**{field: value})
