import re

from tests.explorer.html import text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.your_protein.conditions import conditions

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"
RECORDS = f">one\n{SEQUENCE}\n>two\n{SEQUENCE[::-1]}"


def test_several_records_are_chosen_from_whatever_is_wrong_with_their_changes(explorer):
    html = conditions(explorer, Address({"protein": RECORDS, "record": "2", "mutations": "K2R"}))
    assert "2. two" in text_of(html)
    assert "mutations" in re.search(r'data-entry="record"[^>]*data-resets="([^"]*)"', html)[1]


def test_order_and_region_are_those_of_one_sequence(explorer):
    def entries(**more):
        html = conditions(explorer, Address({"protein": SEQUENCE, **more}))
        return re.findall(r'data-entry="(\w+)"', html)

    assert entries() == ["show", "rank", "region"]
    assert entries(mutations="K2R") == entries(other="DEMO00001") == ["show"]


def test_without_a_protein_there_is_nothing_to_choose(explorer):
    assert conditions(explorer, Address({})) == ""
    assert conditions(explorer, Address({"protein": "P99999"})) == ""
