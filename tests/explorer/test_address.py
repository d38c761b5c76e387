import pytest

from interplm.explorer.address import Address


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("0", 0), ("", None), ("-1", None), ("1e3", None), ("../x", None), ("9" * 30, None),
     ("٣", None), (" 3", None)],
)  # fmt: skip
def test_a_number_is_digits_only(text, number):
    assert Address({"feature": text}).number("feature") == number


@pytest.mark.parametrize(
    ("text", "share"), [("0.5", 0.5), ("1", 1), ("", 0), ("2", 0), ("nan", 0), ("x", 0), ("-1", 0)]
)
def test_a_share_lies_between_0_and_1(text, share):
    assert Address({"ap": text}).share("ap") == share


def test_a_choice_that_is_none_is_the_first():
    assert Address({"bucket": "0-0.2"}).choice("bucket", ["top", "0-0.2"]) == "0-0.2"
    assert Address({"bucket": "x"}).choice("bucket", ["top", "0-0.2"]) == "top"


def test_texts_are_cut_and_what_is_empty_is_not_given():
    assert Address({"q": "a" * 999}).text("q", longest=5) == "aaaaa"
    assert not Address({"q": ""}).has("q")
