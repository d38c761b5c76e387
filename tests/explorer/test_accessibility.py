"""What axe-core finds on every page, in light and in dark: nothing (task l)."""

import pytest
from tests.explorer.conftest import visit

pytestmark = pytest.mark.slow
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"
ADDRESSES = (
    "",
    "features?q=zinc",
    "features?q=no+such+word",
    f"feature?feature=1&effect=1#protein={SEQUENCE}",
    "feature?feature=96",
    "feature?feature=999",
    "concepts",
    "concepts?concept={concept}&verdict=extra",
    f"your-protein?show=all&region=5-9&saturate=1#protein={SEQUENCE}",
    f"your-protein?show=all#protein={SEQUENCE}&mutations=L8P",
    "your-protein#protein=P99999",
    "compare",
    "compare?feature=1&with=126&with_run=mirrored",
    "feature?feature=126&run=mirrored&was=1",
    "feature?run=mirrored&was=1",
    "concepts?concept=No+such+concept",
)


# Colours of residues are thousands, and their contrast is computed in test_theme.
WITHOUT_RESIDUES = {"exclude": [[".ip-residues"]]}


def complaints(page, **options):
    """Rule and element of everything that axe-core holds against the page."""
    options = {"resultTypes": ["violations"], **options}
    found = axe.Axe().run(page, context=WITHOUT_RESIDUES, options=options)
    return [
        (rule["id"], node["html"][:200], node["failureSummary"])
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def test_nothing_is_held_against_any_page_in_either_mode(page, server, explorer):
    concept = explorer.reader.best_pairs()[0].concept
    for address in ADDRESSES:
        visit(page, f"{server}/{address.format(concept=concept)}")
        assert complaints(page) == [], address
        page.click(".ip-mode")  # which changes nothing but colours, and these not at once
        page.wait_for_function("document.getAnimations().every((a) => a.playState !== 'running')")
        assert complaints(page, runOnly=["color-contrast"]) == [], address
    page.evaluate("localStorage.removeItem('ip-mode')")


def test_marks_of_a_sequence_are_said_and_not_only_shown(page, server, explorer):
    visit(page, f"{server}/feature?feature=1")
    example = explorer.reader.examples(1, "top")[0]
    said = page.locator("[data-part=rows] .ip-residues").first.get_attribute("aria-label")
    assert f"strongest at {said.split('strongest at ')[1][0]}{example.peak + 1}" in said
    assert page.locator("ip-structure canvas").get_attribute("aria-label")
