import pytest

from interplm.files.parsing import parsed_json, parsed_yaml


@pytest.mark.parametrize("text", ['{"a": [1, null]}', "[]", b'"x"'])
def test_values_come_as_they_are(text):
    assert parsed_json(text) == parsed_yaml(text if isinstance(text, str) else text.decode())


@pytest.mark.parametrize("text", ["{", "", "1" * 4301, "[" * 100_000, "\ud800", b"\xff"])
def test_what_is_no_json_is_one_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        parsed_json(text)


@pytest.mark.parametrize("text", ["a: [", "1" * 4301, "[" * 5_000, "2001-99-99", "a: !!python/x y"])
def test_what_is_no_yaml_is_one_error(text):
    with pytest.raises(ValueError):  # noqa: PT011
        parsed_yaml(text)
