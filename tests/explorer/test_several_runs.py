"""Several runs in one app: what is shown, saved and linked to is of the run that is meant."""

from pathlib import Path

import pytest
from tests.explorer.conftest import settled, visit

pytestmark = pytest.mark.slow
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def choose(page, run):
    before = page.url
    page.get_by_label("PLM, layer and SAE").select_option(run)
    page.wait_for_function("(before) => location.href !== before", arg=before)
    settled(page)


def test_another_run_keeps_the_place_and_leads_back_to_it(page, server, mirrored):
    visit(page, f"{server}/feature?feature=3&bucket=0.6-0.8#protein={SEQUENCE}")
    choose(page, "mirrored")
    assert page.locator(".ip-id").inner_text() == "f/124"
    assert page.get_by_label("0.6–0.8").is_checked()
    assert "both are above half of their maxima on 1.00" in page.inner_text("[data-part=switched]")
    assert f"protein={SEQUENCE}" in page.url
    page.reload()
    settled(page)
    assert page.locator(".ip-id").inner_text() == "f/124"
    assert page.get_by_label("PLM, layer and SAE").input_value() == "mirrored"
    choose(page, "run")
    assert page.locator(".ip-id").inner_text() == "f/3"
    assert page.locator("[data-part=switched]").inner_text() == ""
    page.go_back()
    page.wait_for_selector(".ip-id >> text=f/124")
    silent = mirrored.reader.columns("n_active")["n_active"].index(0)
    visit(page, f"{server}/feature?feature={silent}&run=mirrored")
    choose(page, "run")
    assert page.locator("h1").inner_text() == "No counterpart"
    choose(page, "mirrored")
    assert page.locator(".ip-id").inner_text() == f"f/{silent}"


def test_two_runs_side_by_side_lead_to_and_save_their_own_features(page, server, mirrored):
    visit(page, f"{server}/compare?feature=3&with=124&with_run=mirrored")
    left, right = page.locator("[data-part=heads] .ip-section").all()
    assert left.locator("p >> nth=1").inner_text() == right.locator("p >> nth=1").inner_text()
    with page.expect_download() as saving:
        right.get_by_role("button", name="SVG").click()
    ours = page.evaluate(
        "ip.call('figure', {name: 'logo', arguments: {feature: 3}}).then((text) => atob(text))"
    )
    assert drawn(Path(saving.value.path()).read_text()) == drawn(ours)
    choose(page, "mirrored")
    assert "feature=124" in page.url
    visit(page, f"{server}/compare?feature=3&with=124&with_run=mirrored")
    page.locator("[data-part=proteins] .ip-feature").nth(1).click()
    page.wait_for_selector(".ip-id >> text=f/124")
    settled(page)
    assert page.get_by_label("PLM, layer and SAE").input_value() == "mirrored"
    example = mirrored.reader.examples(124)[0].accession
    assert example in page.locator("[data-part=whole] h2").inner_text()


def test_lists_maps_and_files_are_of_the_run_in_the_address(page, server, mirrored):
    visit(page, f"{server}/features?run=mirrored")
    shown = page.locator(".ip-features tbody .ip-feature").all_text_contents()
    with page.expect_download() as saving:
        page.click("text=All rows as CSV")
    rows = Path(saving.value.path()).read_text().splitlines()[1:]
    assert [f"f/{row.split(',')[0]}" for row in rows[: len(shown)]] == shown
    assert (
        mirrored.label(int(shown[0][2:]))
        in page.locator(".ip-features tbody tr").first.inner_text()
    )
    visit(page, f"{server}/?run=mirrored")
    page.wait_for_function("document.querySelector('ip-map')?.points")
    points = page.evaluate("document.querySelector('ip-map').points")
    place = dict(zip(points["feature"], points["x"], strict=True))
    choose(page, "run")
    page.wait_for_function("document.querySelector('ip-map')?.points")
    points = page.evaluate("document.querySelector('ip-map').points")
    assert {
        127 - number: x for number, x in zip(points["feature"], points["x"], strict=True)
    } == place


def drawn(svg):
    """The shapes of a figure, without the names and dates that it was given."""
    return [line for line in svg.splitlines() if line.strip().startswith(("M ", "L ", "Q "))]
