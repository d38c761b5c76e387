"""What people come for, done in headless Chromium; nothing leaves this machine."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from tests.explorer.conftest import on_both_sizes, served, settled, visit
from tests.explorer.runs import pdb

pytestmark = pytest.mark.slow
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIFGIFFFGGWVLILVALFFRKRVRILEIGLAHIEGSM"
EVIL = "<img src=x onerror=document.title='owned'>${document.title='owned'}"
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
# Size of a structure's canvas in pixels, and what it shows.
ON_SCREEN = """(() => {
  const canvas = document.querySelector('ip-structure canvas');
  return [canvas.width, canvas.height, canvas.toDataURL()];
})()"""


def text_of(download):
    return Path(download.path()).read_text(encoding="utf-8")


def painted(page, selector):
    """How many different colours a canvas shows."""
    return page.locator(selector).first.evaluate("""(canvas) => {
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const pen = copy.getContext('2d');
      pen.drawImage(canvas, 0, 0);
      const bytes = pen.getImageData(0, 0, copy.width, copy.height).data;
      const seen = new Set();
      for (let i = 0; i < bytes.length; i += 4) {
        seen.add(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
      }
      return seen.size;
    }""")


def strips(page):
    """Accession and letters of every line of the list."""
    return page.evaluate("""[...document.querySelectorAll('[data-part=rows] .ip-strip')].map(
      (strip) => [strip.dataset.accession, strip.querySelector('.ip-residues').textContent])""")


# a: what was learnt, in ten seconds


@on_both_sizes
def test_the_first_page_says_what_was_learnt_beside_every_baseline(page, server, explorer):
    visit(page, server)
    said = page.locator("[data-part=overview]").inner_text()
    for row in explorer.reader.summaries.values():
        assert f"{row.mean_average_precision:.2f}" in said
    first = explorer.reader.best_pairs()[0]
    assert first.concept in page.locator("[data-part=strongest] tbody tr").first.inner_text()


# b: find “zinc finger”


@on_both_sizes
def test_a_concept_is_found_by_words_and_leads_to_its_feature(page, server, explorer):
    visit(page, f"{server}/features")
    page.get_by_label("Search").fill("finger zinc")
    page.wait_for_function("[...document.querySelectorAll('.ip-features tbody tr')].length > 0 &&"
                           "[...document.querySelectorAll('.ip-features tbody tr')]"
                           ".every((row) => row.innerText.includes('Zinc finger'))")  # fmt: skip
    best = next(p for p in explorer.reader.best_pairs() if p.concept.startswith("Zinc finger"))
    row = page.locator(".ip-features tbody tr").first
    assert f"f/{best.feature}" in row.inner_text()
    row.click(position={"x": 160, "y": 8})  # not on the link
    page.wait_for_selector(f".ip-id >> text=f/{best.feature}")
    assert page.title().startswith(f"f/{best.feature} Zinc finger")
    page.click("[aria-label='next in the list']")
    page.wait_for_function(
        f"!document.querySelector('.ip-id').innerText.includes('{best.feature}')"
    )
    assert "list=q%3D" in page.url


def test_an_empty_search_says_why(page, server):
    visit(page, f"{server}/features")
    page.get_by_label("Search").fill("nothing of this name")
    page.wait_for_selector("text=Nothing here has the words")


# c: is it trustworthy


def test_evidence_stands_beside_the_label_and_each_figure_is_explained(page, server, explorer):
    visit(page, f"{server}/feature?feature=0")
    pair = next(p for p in explorer.reader.pairs(feature=0) if p.is_label)
    chips = page.locator(".ip-chips").inner_text()
    assert f"AP {pair.average_precision:.2f}, best baseline" in chips
    assert f"F1 by residue {pair.f1_residue:.2f}" in chips
    page.locator(".ip-chips .ip-help").first.focus()
    page.wait_for_selector(".ip-tip >> text=Finds")
    page.keyboard.press("Escape")
    page.wait_for_selector(".ip-tip", state="hidden")


def test_twelve_proteins_fit_beneath_the_header(page, server):
    visit(page, f"{server}/feature?feature=1")
    tops = page.evaluate("""[...document.querySelectorAll('[data-part=rows] .ip-row:not([hidden])')]
      .map((row) => row.getBoundingClientRect().top)""")
    height = (tops[-1] - tops[0]) / (len(tops) - 1)
    assert (800 - tops[0]) / height >= 12


# d, e: ten proteins and five mutants in a row


@on_both_sizes
def test_ten_proteins_in_a_row_are_each_the_one_that_is_drawn(page, server, explorer):
    visit(page, f"{server}/your-protein")
    box = page.get_by_label("Accession, sequence or FASTA")
    for number in range(10):
        sequence = SEQUENCE[number:] + AMINO_ACIDS[number] * 3
        box.fill(sequence)
        box.press("Enter")
        page.wait_for_function(
            "(wanted) => document.querySelector('ip-heat')?.letters === wanted", arg=sequence
        )
        settled(page)
        first = int(explorer.encoder.encode(sequence).maxima.argmax())
        assert page.locator("[data-part=sequence] h2").inner_text().startswith("f/")
        whole = "".join(page.locator("[data-part=sequence] .ip-residues").all_text_contents())
        assert whole == sequence
        if number == 0:
            page.locator("[data-entry=show]").select_option("all")
            page.wait_for_selector(f"[data-part=answer] tbody tr:first-child >> text=f/{first}")


def test_five_mutants_in_a_row_are_each_the_one_that_is_drawn(page, server, explorer):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    for number, place in enumerate((3, 10, 20, 30, 40)):
        written = f"{SEQUENCE[place - 1]}{place}{'W' if number % 2 else 'P'}"
        page.get_by_label("Change residues").fill(written)
        page.get_by_label("Change residues").press("Enter")
        page.wait_for_function(
            "([place, name]) => document.querySelector('ip-heat')?.names?.[place - 1] === name",
            arg=[place, written],
        )
        settled(page)
        mutant = SEQUENCE[: place - 1] + written[-1] + SEQUENCE[place:]
        difference = (
            explorer.encoder.encode(mutant).values - explorer.encoder.encode(SEQUENCE).values
        )
        strongest = int(abs(difference).max(axis=0).toarray().argmax())
        row = page.locator("[data-part=answer] tbody tr").first.inner_text()
        assert f"f/{strongest}\t" in row


def test_a_residue_is_changed_by_a_click(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    page.locator("[data-changeable] .ip-residues i").nth(7).click()
    page.wait_for_selector("[role=dialog] >> text=L8 becomes")
    page.locator("[role=dialog] button >> text=P").click()
    page.wait_for_function("location.hash.includes('mutations=L8P')")
    page.wait_for_selector("text=After less before")


def test_residues_of_a_mutant_are_changed_by_a_click_too(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}&mutations=L8P")
    page.locator("[data-changeable] .ip-residues i").nth(7).click()
    page.locator("[role=dialog][aria-label='Change L8'] button >> text=W").click()
    page.wait_for_function("location.hash.endsWith('mutations=L8W')")
    settled(page)
    box = page.locator("ip-heat canvas").bounding_box()
    page.mouse.click(box["x"] + 232 + 11 * 8 + 5, box["y"] + 18)
    page.locator("[role=dialog][aria-label='Change A9'] button >> text=P").click()
    page.wait_for_function("ip.entries().mutations === 'L8W, A9P'")
    settled(page)
    assert page.evaluate("document.querySelector('ip-heat').names.slice(7, 9)") == ["L8W", "A9P"]


def test_another_record_is_chosen_where_changes_do_not_fit_it(page, server):
    records = f"%3Eone%0A{SEQUENCE}%0A%3Etwo%0A{SEQUENCE[::-1]}"
    visit(page, f"{server}/your-protein?record=2#protein={records}&mutations=K2R")
    page.wait_for_selector("[role=alert] >> text=residue 2 is S")
    page.get_by_label("Protein, of 2").select_option("1")
    page.wait_for_selector("h2 >> text=one")
    assert page.get_by_label("Change residues").input_value() == ""
    page.get_by_label("Protein, of 2").select_option("2")
    page.wait_for_selector("h2 >> text=two")
    page.locator("[data-part=answer] .ip-feature").first.click()
    page.wait_for_selector(".ip-own >> text=two")


def test_examples_accessions_and_several_records_are_read(page, server):
    visit(page, f"{server}/your-protein")
    page.click("button >> text=ubiquitin")
    page.wait_for_function("document.querySelector('ip-heat')?.letters.startsWith('MQIFVKTLTG')")
    box = page.get_by_label("Accession, sequence or FASTA")
    box.fill("DEMO00003 DEMO00004")
    box.press("Enter")
    page.wait_for_selector("h2 >> text=DEMO00003")
    page.get_by_label("Protein, of 2").select_option("2")
    page.wait_for_selector("h2 >> text=DEMO00004")
    box.fill("P99999")
    box.press("Enter")
    page.wait_for_selector("[role=alert] >> text=is not one of the 120 proteins")
    box.fill(f">sp|P1|X {EVIL}\n{SEQUENCE}")
    box.press("Enter")
    page.wait_for_selector("h2 >> text=P1")
    assert EVIL in page.locator("[data-part=answer] .ip-lead").inner_text()


def test_a_protein_travels_to_every_feature_page(page, server, explorer):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    page.locator("[data-part=answer] .ip-feature").first.click()
    page.wait_for_selector(".ip-own .ip-strip")
    assert f"protein={SEQUENCE}" in page.url
    number = int(page.locator(".ip-id").inner_text().removeprefix("f/"))
    value = explorer.encoder.encode(SEQUENCE).of(number).max()
    assert f"{value:.2f}" in page.locator(".ip-own").inner_text()
    page.locator(".ip-own button").click()
    page.wait_for_function(
        "document.querySelector('[data-part=whole]').innerText.includes('your protein')"
    )
    page.click("[aria-label='next in the list']")
    page.wait_for_selector(".ip-own .ip-strip")


def test_a_region_is_brushed_and_every_substitution_of_it_read(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    box = page.locator("ip-heat canvas").bounding_box()
    left, top = box["x"] + 232, box["y"] + 60
    page.mouse.move(left + 11 * 4 + 5, top)
    page.mouse.down()
    page.mouse.move(left + 11 * 8 + 5, top, steps=4)
    page.mouse.up()
    page.wait_for_function("new URLSearchParams(location.search).get('region') === '5-9'")
    page.click("text=Read 95 mutants with the model")
    page.wait_for_selector("[data-part=substitutions] ip-heat canvas")
    assert page.evaluate(
        "document.querySelector('[data-part=substitutions] ip-heat').letters"
    ) == SEQUENCE[4:9]  # fmt: skip
    first = page.locator("[data-part=substitutions] td button").first
    mutant = first.inner_text()
    first.press("Enter")
    page.wait_for_function(
        "(wanted) => location.hash.includes(`mutations=${wanted}`) || "
        "location.search.includes(`mutations=${wanted}`)",
        arg=mutant,
    )


def test_a_region_is_typed_and_what_is_none_is_said(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    field = page.get_by_label("Region")
    field.press_sequentially("12-", delay=20)
    page.wait_for_selector("[role=alert] >> text=is not a region")
    field.press_sequentially("15", delay=20)
    page.wait_for_function(
        "(wanted) => document.querySelector('ip-heat')?.letters === wanted", arg=SEQUENCE[11:15]
    )
    settled(page)
    assert field.evaluate("(one) => one === document.activeElement")
    page.click("button >> text=Whole protein")
    page.wait_for_function(
        "(wanted) => document.querySelector('ip-heat')?.letters === wanted", arg=SEQUENCE
    )
    assert field.input_value() == ""


# f: proteins with the feature and without the annotation


def test_missing_annotations_are_listed_whole(page, server, explorer):
    concept = explorer.reader.best_pairs()[0].concept
    visit(page, f"{server}/concepts")
    page.locator("[data-entry=concept]").select_option(concept)
    page.wait_for_selector("h1 >> text=" + concept)
    settled(page)
    for verdict, n in explorer.reader.n_verdicts(concept).items():
        page.locator(
            "[data-part=verdicts] .ip-choice button", has_text=verdict.capitalize()
        ).click()
        page.wait_for_function(f"location.search.includes('{verdict}')"
                               f" || '{verdict}' === 'missed'")  # fmt: skip
        settled(page)
        assert f"{verdict.capitalize()} {n:,}" in page.locator("[data-part=verdicts]").inner_text()
    with page.expect_download() as saving:
        page.click("[data-part=verdicts] .ip-saves button")
    assert len(text_of(saving.value).splitlines()) == 1 + sum(
        explorer.reader.n_verdicts(concept).values()
    )


# g: structures of three proteins in a row


@on_both_sizes
def test_structures_of_three_proteins_in_a_row_are_each_the_right_one(
    page, server, explorer, tmp_path
):
    visit(page, f"{server}/feature?feature=1")
    page.wait_for_selector("ip-structure canvas")
    assert painted(page, "ip-structure canvas") > 20
    seen = {e.accession for e in explorer.reader.examples(1, "top")}
    others = [a for a in seen if explorer.structures.local(a) is None]
    for number, accession in enumerate(sorted(others)[:3]):
        sequence = explorer.reader.proteins([accession])[accession].sequence
        visit(page, f"{server}/feature?feature=1&accession={accession}")
        page.wait_for_selector("[data-part=structure] >> text=There is no structure of")
        path = tmp_path / f"{number} <b>{EVIL.replace('/', '_')[:20]}.pdb"
        path.write_text(pdb(sequence, first=500))
        page.locator("input[data-attach=structure]").set_input_files(path)
        page.wait_for_function(
            "(wanted) => document.querySelector('ip-structure')?.chain?.letters === wanted",
            arg=sequence,
        )
        assert "100 % identical" in page.locator("[data-part=structure]").inner_text()
        activations = explorer.reader.examples(1)
        example = next(e for e in activations if e.accession == accession)
        levels = page.evaluate("document.querySelector('ip-structure').chain.levels")
        assert levels.index(max(levels)) in example.positions
    broken = tmp_path / "broken.pdb"
    broken.write_text("no structure")
    page.locator("input[data-attach=structure]").set_input_files(broken)
    page.wait_for_selector("[data-part=structure] [role=alert] >> text=give a PDB or mmCIF file")


def test_a_structure_is_opened_for_one_protein_alone(page, server, explorer, tmp_path):
    visit(page, f"{server}/feature?feature=1")
    shown = page.locator("[data-part=structure]")
    first, second = [
        e.accession for e in explorer.reader.examples(1, "top")
        if explorer.structures.local(e.accession) is None
    ][:2]  # fmt: skip
    path = tmp_path / "opened.pdb"
    path.write_text(pdb(explorer.reader.proteins([first])[first].sequence))
    for accession, said in (
        (first, None), (second, f"There is no structure of {second}"), (first, "opened.pdb, chain")
    ):  # fmt: skip
        page.evaluate("(accession) => ip.go({accession})", accession)
        settled(page)
        if said is None:
            page.locator("input[data-attach=structure]").set_input_files(path)
            page.wait_for_selector("ip-structure canvas")
        else:
            assert said in shown.inner_text()
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    path.write_text(pdb(SEQUENCE))
    page.locator("input[data-attach=structure]").set_input_files(path)
    page.wait_for_selector("ip-structure canvas")
    page.evaluate("ip.go({mutations: 'L8P'})")
    settled(page)
    assert "opened.pdb, chain" in shown.inner_text()
    page.evaluate(f"ip.go({{protein: '{SEQUENCE[::-1]}', mutations: null}})")
    settled(page)
    assert "There is no structure of pasted sequence" in shown.inner_text()


# h: the logo; j: tables and pictures as files


@pytest.mark.parametrize(
    ("kind", "start"), [("SVG", b"<?xml"), ("PDF", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_the_logo_and_the_strips_are_saved_as_pictures(page, server, size, kind, start):
    visit(page, f"{server}/feature?feature=1")
    for name in ("logo", "top"):
        with page.expect_download() as saving:
            page.click(f"[data-file='feature-1-{name}.{kind.lower()}']")
        assert Path(saving.value.path()).read_bytes().startswith(start)


@on_both_sizes
def test_a_structure_is_saved_larger_than_it_is_on_the_screen(page, server):
    visit(page, f"{server}/feature?feature=1")
    page.wait_for_selector("ip-structure canvas")
    shown = page.evaluate(ON_SCREEN)
    with page.expect_download() as saving:
        page.click("[data-canvas]")
    picture = imread(saving.value.path(), format="png")[..., :3]
    height, width, _ = picture.shape
    assert (width, height) == (4 * shown[0], 4 * shown[1])
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    assert page.evaluate(ON_SCREEN) == shown


def test_tables_are_saved_in_full_precision(page, server, explorer):
    visit(page, f"{server}/feature?feature=1")
    with page.expect_download() as saving:
        page.click("[data-file='feature-1-top.csv']")
    example = explorer.reader.examples(1, "top")[0]
    lines = text_of(saving.value).splitlines()
    assert lines[0] == "accession,bucket,rank,residue,amino_acid,activation"
    assert float(lines[1].split(",")[-1]) == example.activations[0]
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    with page.expect_download() as saving:
        page.click("[data-file$='-activations.csv']")
    assert len(text_of(saving.value).splitlines()) == 1 + len(SEQUENCE)


# i: a link to exactly this view


def test_back_reload_and_a_shared_link_give_what_was_seen(page, server, browser):
    visit(page, f"{server}/features")
    page.locator("[data-entry=density]").select_option("0.1 – 1 %")
    page.wait_for_function("location.search.includes('density')")
    page.get_by_label("Search").fill("zinc")
    page.wait_for_function("location.search.includes('q=zinc')")
    page.click("th button >> text=Feature")
    page.wait_for_selector("th[aria-sort] >> text=Feature")
    settled(page)
    shown = page.locator(".ip-features").inner_text()
    page.click(".ip-features .ip-feature >> nth=0")
    page.wait_for_selector(".ip-id")
    page.go_back()
    page.wait_for_selector("th[aria-sort] >> text=Feature")
    settled(page)
    assert page.locator(".ip-features").inner_text() == shown
    assert page.get_by_label("Search").input_value() == "zinc"
    page.reload()
    page.wait_for_selector("th[aria-sort] >> text=Feature")
    settled(page)
    assert page.locator(".ip-features").inner_text() == shown
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector("th[aria-sort] >> text=Feature")
    settled(other)
    assert other.locator("[data-entry=density]").input_value() == "0.1 – 1 %"
    other.close()


def test_going_back_writes_the_field_that_has_the_focus_too(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    field = page.get_by_label("Change residues")
    for written in ("L8P", "A9P"):
        field.fill(written)
        field.press("Enter")
        page.wait_for_function(f"location.hash.includes('mutations={written}')")
    for expected in ("L8P", ""):
        page.go_back()
        page.wait_for_function(f"(ip.entries().mutations ?? '') === '{expected}'")
        settled(page)
        assert field.evaluate("(one) => one === document.activeElement")
        assert field.input_value() == expected


def test_an_answer_leaves_what_is_being_typed(page, server):
    visit(page, f"{server}/your-protein?show=all#protein={SEQUENCE}")
    box = page.get_by_label("Accession, sequence or FASTA")
    box.fill("MKAVAV")
    page.get_by_label("Change residues").fill("A3W")
    page.evaluate("ip.attach({structure_name: 'x'})")  # asks for the structure anew
    settled(page)
    assert box.input_value() == "MKAVAV"
    assert page.get_by_label("Change residues").input_value() == "A3W"


def test_a_link_to_the_first_page_can_name_a_feature(page, server):
    page.goto(f"{server}/?feature=7")
    page.wait_for_selector(".ip-id >> text=f/7")
    assert page.url == f"{server}/feature?feature=7"


@on_both_sizes
def test_the_view_of_a_feature_is_in_its_address(page, server, explorer):
    accession = explorer.reader.examples(1, "0.6-0.8")[0].accession
    address = f"{server}/feature?feature=1&bucket=0.6-0.8&align=start&accession={accession}"
    visit(page, address)
    assert {name for name, _ in strips(page)} == {
        e.accession for e in explorer.reader.examples(1, "0.6-0.8")
    }
    assert page.get_by_label("0.6–0.8").is_checked()
    assert page.get_by_label("the start").is_checked()
    assert accession in page.locator("[data-part=whole] h2").inner_text()


def test_the_map_leads_to_a_feature_and_to_a_list_of_what_is_framed(page, server):
    visit(page, server)
    page.wait_for_function("document.querySelector('ip-map')?.points")
    assert painted(page, "ip-map canvas") > 5
    page.locator("ip-map canvas").scroll_into_view_if_needed()
    page.click("ip-map >> text=density")
    page.wait_for_selector("ip-map .ip-legend")
    place = page.locator("ip-map").evaluate("""(map) => {
      const box = map.canvas.getBoundingClientRect();
      const [x, y] = map.place(5);
      return [box.left + x, box.top + y, map.points.feature[map.nearest(
        {clientX: box.left + x, clientY: box.top + y})], box.left, box.top];
    }""")
    page.mouse.move(*place[:2])
    page.wait_for_selector(f".ip-tip >> text=f/{place[2]}")
    page.mouse.move(place[3] + 20, place[4] + 20)
    page.mouse.down()
    page.mouse.move(place[3] + 200, place[4] + 200, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "location.pathname.endsWith('features') && location.search.includes('area')"
    )
    page.go_back()
    page.wait_for_function("document.querySelector('ip-map')?.points")


def test_a_frame_lists_the_families_shown_until_it_is_taken_away(page, server, explorer):
    visit(page, server)
    page.wait_for_function("document.querySelector('ip-map')?.points")
    page.locator("ip-map canvas").scroll_into_view_if_needed()
    page.locator("ip-map .ip-key button").last.click()
    assert page.locator("ip-map .ip-key button").last.inner_text() == "no concept"
    box = page.locator("ip-map canvas").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=4)
    page.mouse.up()
    page.wait_for_selector(".ip-features")
    settled(page)
    page.get_by_label("amino acids too").check()
    page.wait_for_function("location.search.includes('amino=1')")
    settled(page)
    named = sum(family is not None for family in explorer.reader.columns("family")["family"])
    assert page.locator(".ip-count").inner_text() == f"{named} features"
    page.get_by_label("Search").fill("zinc")
    page.wait_for_function("location.search.includes('q=zinc')")
    page.click("button >> text=in the frame on the map")
    page.wait_for_function("!/area|families/.test(location.search)")
    settled(page)
    assert page.locator("text=in the frame on the map").count() == 0
    assert page.get_by_label("Search").input_value() == "zinc"


# k: with the keyboard alone


def test_the_keyboard_alone_does_it_all(page, server, explorer):
    page.goto(server)
    settled(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips to the content
    assert page.evaluate("document.activeElement.id") == "ip-page"
    page.locator("ip-map canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".ip-tip >> text=f/")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ip-id")
    settled(page)
    page.get_by_label("top", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.search.includes('bucket=0.8-1')")
    settled(page)
    page.locator("[data-part=rows] .ip-who button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('accession=')")
    settled(page)
    line = page.locator("[data-part=rows] .ip-residues").first
    line.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".ip-tip >> text=/^[A-Z][0-9]+/")
    page.goto(f"{server}/your-protein?show=all#protein={SEQUENCE}")
    settled(page)
    page.locator("[data-changeable] .ip-residues").first.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=dialog] >> text=M1 becomes")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('mutations=M1A')")


# m: the API is in test_server.py


def test_light_and_dark_are_chosen_and_remembered(page, server):
    page.goto(server)
    page.wait_for_selector(".ip-mode")
    was_dark = page.evaluate("document.body.classList.contains('dark')")
    page.click(".ip-mode")
    page.goto(f"{server}/features")
    page.wait_for_function(
        f"document.body.classList.contains('dark') === {str(not was_dark).lower()}"
    )
    page.evaluate("localStorage.removeItem('ip-mode')")


def test_a_password_is_asked_for_and_leads_back_to_the_page(browser, explorer):
    app, address = served(explorer, username="ana", password="secret")
    page = browser.new_page()
    page.goto(f"{address}/feature?feature=1")
    page.wait_for_selector("input[type=password]")
    assert "Zinc" not in page.content()
    page.get_by_label("username").fill("ana")
    page.get_by_label("password").fill("secret")
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector(".ip-id >> text=f/1")
    page.close()
    app.close(verbose=False)


def test_late_answers_are_not_shown_in_the_place_of_what_is_asked_now(page, server):
    visit(page, f"{server}/feature?feature=1")

    def late(route):
        asked = json.loads(route.request.post_data)["data"]
        if asked[2].get("feature") == "2":
            page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/run/parts", late)
    page.evaluate("ip.go({feature: 2}); ip.go({feature: 3});")
    page.wait_for_selector(".ip-id >> text=f/3")
    page.wait_for_timeout(2500)
    assert page.locator(".ip-id").inner_text() == "f/3"
    assert re.search(r"feature=3", page.url)
    page.unroute("**/run/parts")
