import json
from html import unescape

import pytest

from interplm.explorer.render.markup import (
    concept_link,
    data,
    escape,
    feature_link,
    fraction,
    message,
    number,
    percent,
    section,
    signed,
    uniprot_link,
)

HOSTILE = ["<script>alert(1)</script>", '" onmouseover="x', "' x='", "${alert(1)}", "{{x}}", "&lt;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_html_in_attributes_and_in_templates(text):
    shown = escape(text)
    assert unescape(shown) == text
    assert not set(shown) & set("<>\"'{}$")


@pytest.mark.parametrize("text", HOSTILE)
def test_json_in_an_attribute_reads_back(text):
    attribute = data({"name": text})
    assert not set(attribute) & set("<>\"'{}$")
    assert json.loads(unescape(attribute)) == {"name": text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.0, "0"), (12, "12"), (123456, "123,456"), (1234.5, "1,234"), (0.5, "0.500"),
        (12.345, "12.3"), (123.4, "123"), (0.01234, "0.0123"), (0.00012, "1.2e-4"), (None, "–"),
        (float("nan"), "–"), (float("inf"), "–"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_separated_thousands(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"), (1.0, "100 %"), (0.987, "98.7 %"), (0.0546, "5.5 %"), (0.000079, "0.0079 %"),
        (None, "–"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_percents_have_two_digits(value, text):
    assert percent(value) == text


def test_a_score_has_two_decimals():
    assert (fraction(0.966), fraction(None), fraction(float("nan"))) == ("0.97", "–", "–")


def test_a_link_to_uniprot_tells_it_nothing_and_what_is_no_accession_has_none():
    assert 'rel="noopener noreferrer"' in uniprot_link("P25490")
    assert "uniprotkb/P25490" in uniprot_link("P25490")
    assert "<a" not in uniprot_link("DEMO00001")
    assert "<a" not in uniprot_link("P25490/../../x")
    assert "<script" not in uniprot_link("<script>")


def test_links_carry_what_they_name():
    assert 'href="feature?feature=1503"' in feature_link(1503)
    assert "f/1503" in feature_link(1503)
    assert "concept=Zinc%20finger%3A%20%26%2F" in concept_link("Zinc finger: &/")


def test_a_section_has_its_note_and_its_exports_in_their_places():
    html = section("T <", "<svg></svg>", note="N <", exports="<b>E</b>")
    assert "<h2>T &lt;</h2><b>E</b></header>" in html
    assert "N &lt;" in html


def test_an_error_is_announced_and_escaped():
    shown = message("<b>no</b>", kind="error")
    assert 'role="alert"' in shown
    assert "&lt;b&gt;no" in shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.254, "+0.25"), (-0.254, "−0.25"), (-0.001, "0.00"), (0.001, "0.00"), (None, "–"),
     (float("nan"), "–")],
)  # fmt: skip
def test_differences_have_a_sign_and_nothing_has_none(value, text):
    assert signed(value) == text
