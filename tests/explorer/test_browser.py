"""Every tab as a person uses it, in headless Chromium; nothing leaves this machine."""

import re
from pathlib import Path

import pytest
from tests.explorer.conftest import served
from tests.explorer.runs import pdb

pytestmark = pytest.mark.slow
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIFGIFFFGGWVLILVALFFRKRVRILEIGLAHIEGSM"
EVIL = "<img src=x onerror=document.title='owned'>${document.title='owned'}"


def text_of(download):
    return Path(download.path()).read_text(encoding="utf-8")


def painted(page, selector):
    """How many different colours a canvas shows."""
    return page.locator(selector).evaluate("""(canvas) => {
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


def test_the_overview_draws_the_map_and_leads_to_a_feature(page, server):
    page.goto(server)
    page.wait_for_function("document.querySelector('ip-map')?.points")
    assert painted(page, "ip-map canvas") > 20
    page.click("text=density")
    page.wait_for_selector("ip-map .ip-legend")
    place = page.locator("ip-map").evaluate("""(map) => {
      const box = map.canvas.getBoundingClientRect();
      const [x, y] = map.place(5);
      return [box.left + x, box.top + y, map.points.feature[map.nearest(
        {clientX: box.left + x, clientY: box.top + y})]];
    }""")
    page.mouse.move(*place[:2])
    page.wait_for_selector(f".ip-tip >> text=f/{place[2]}")
    page.mouse.click(*place[:2])
    page.wait_for_selector(f".ip-id >> text=f/{place[2]}")


def test_a_link_to_the_first_page_can_name_a_feature(page, server):
    page.goto(f"{server}/?feature=7")
    page.wait_for_selector(".ip-id >> text=f/7")
    assert page.url == f"{server}/feature?feature=7"


def test_the_list_is_searched_sorted_paged_and_saved(page, server):
    page.goto(f"{server}/features")
    page.wait_for_selector("text=/\\d+ features/")
    page.click("[aria-label='next page'] >> nth=0")
    page.wait_for_selector("text=page 2 of")
    page.click("th button >> text=Feature")
    page.wait_for_selector("tbody tr:first-child >> text=f/0")
    page.get_by_label("Search").fill("zinc")
    page.wait_for_function("![...document.querySelectorAll('.ip-features tbody tr')]"
                           ".some((row) => !row.innerText.includes('Zinc finger'))")  # fmt: skip
    with page.expect_download() as saving:
        page.click("text=All rows as CSV")
    lines = text_of(saving.value).splitlines()
    assert len(lines) - 1 == page.locator(".ip-features tbody tr").count()
    page.get_by_label("Search").fill("no such feature")
    page.wait_for_selector("text=is not annotated")
    page.get_by_label("Search").fill("f/20")
    page.click(".ip-features >> text=f/20")
    page.wait_for_selector(".ip-id >> text=f/20")


def test_a_feature_shows_its_proteins_and_saves_its_pictures(page, server):
    page.goto(f"{server}/feature?feature=1")
    page.wait_for_selector(".ip-protein")
    page.locator(".ip-residues i.a20").first.hover()
    assert re.search(r"[A-Z]\d+.*activation", page.locator(".ip-tip").inner_text(), re.DOTALL)
    page.get_by_label("start", exact=True).check()
    page.wait_for_selector(".ip-protein .ip-strip[data-start='0']")
    page.get_by_label("0.6-0.8").check()
    page.wait_for_function("[...document.querySelectorAll('.ip-who b')].length"
                           " && [...document.querySelectorAll('.ip-who b')]"
                           ".every((b) => +b.innerText > 0.59 && +b.innerText < 0.81)")  # fmt: skip
    page.click(".ip-who button >> nth=1")
    accession = page.locator(".ip-who .ip-mono").nth(1).inner_text()
    page.wait_for_selector(f"[data-part=whole] >> text={accession} in full")
    for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as saving:
            page.click(f"[data-save$=histogram] [data-as={kind}]")
        assert Path(saving.value.path()).read_bytes().startswith(start)
    with page.expect_download() as saving:
        page.click("[data-api=examples_csv]")
    assert text_of(saving.value).startswith("accession,rank,residue,amino_acid,activation")


def test_a_structure_is_shown_from_the_folder_and_from_an_upload(page, server, explorer, tmp_path):
    page.goto(f"{server}/feature?feature=1")
    page.wait_for_selector("ip-structure canvas")
    assert painted(page, "ip-structure canvas") > 50
    accession = explorer.reader.examples(1, "top")[0].accession
    sequence = explorer.reader.proteins([accession])[accession].sequence
    path = tmp_path / f"{EVIL.replace('/', '_')[:40]}.pdb"
    path.write_text(pdb(sequence, first=500))
    chooser = page.locator("input[type=file]").first
    chooser.set_input_files(path)
    page.wait_for_selector("[data-part=structure] .ip-note >> text=onerror")
    assert "100 % identical" in page.locator("[data-part=structure]").inner_text()
    broken = tmp_path / "broken.pdb"
    broken.write_text("no structure")
    page.locator("input[type=file]").first.set_input_files(broken)
    page.wait_for_selector("[data-part=structure] [role=alert] >> text=give a PDB or mmCIF file")


def test_no_such_feature_is_said(page, server):
    page.goto(f"{server}/feature?feature=99999")
    page.wait_for_selector("text=There is no such feature: numbers go from 0 to 127")


def test_a_concept_is_chosen_and_its_proteins_are_judged(page, server):
    page.goto(f"{server}/concepts")
    page.wait_for_selector("h1 >> text=Concepts")
    page.get_by_label("Concept").select_option("Signal peptide")
    page.wait_for_selector("h1 >> text=Signal peptide")
    page.wait_for_selector("[data-part=verdicts] >> text=stored examples")
    page.click("[data-part=concept] .ip-feature >> nth=0")
    page.wait_for_selector(".ip-id")


def test_a_pasted_protein_is_read_mutated_compared_and_saved(page, server, tmp_path):
    page.goto(f"{server}/your-protein")
    box = page.get_by_label("Sequence or FASTA record")
    box.fill(f">sp|P1|X {EVIL}\n{SEQUENCE}")
    page.click("button >> text=Show features")
    page.wait_for_selector("ip-heat canvas")
    assert painted(page, "ip-heat canvas") > 10
    assert EVIL in page.locator(".ip-lead").inner_text()
    with page.expect_download() as saving:
        page.click("[data-save=your-protein-features] [data-as=csv]")
    assert text_of(saving.value).startswith('"Feature","Label","Strongest"')
    page.get_by_label("Mutate").fill("L8P")
    page.click("button >> text=Show features")
    page.wait_for_selector("text=What changes")
    page.get_by_label("Mutate").fill("A8P")
    page.click("button >> text=Show features")
    page.wait_for_selector("[role=alert] >> text=residue 8 is L, so write L8P")
    page.get_by_label("Mutate").fill("")
    box.fill("M" * 501)
    page.click("button >> text=Show features")
    page.wait_for_selector("[role=alert] >> text=the limit is 500")
    upload = tmp_path / "<b>x.fasta"
    upload.write_text(f">from_a_file\n{SEQUENCE}\n")
    page.locator("input[type=file]").first.set_input_files(upload)
    page.wait_for_function("document.querySelector('textarea').value.includes('from_a_file')")
    page.click("button >> text=Show features")
    page.wait_for_selector("h1 >> text=from_a_file")
    page.click("ip-heat canvas", position={"x": 20, "y": 30})
    page.wait_for_selector(".ip-id")


def test_light_and_dark_are_chosen_and_remembered(page, server):
    page.goto(server)
    page.wait_for_selector(".ip-mode")
    was_dark = page.evaluate("document.body.classList.contains('dark')")
    page.click(".ip-mode")
    page.goto(f"{server}/features")
    page.wait_for_function(
        f"document.body.classList.contains('dark') === {str(not was_dark).lower()}"
    )


def test_a_password_is_asked_for_and_opens_the_pages(browser, explorer):
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


def test_the_second_protein_and_the_second_mutant_are_the_ones_drawn(page, server):
    page.goto(f"{server}/your-protein")
    box = page.get_by_label("Sequence or FASTA record")
    for sequence in (SEQUENCE, SEQUENCE[10:40], SEQUENCE[::-1]):
        box.fill(sequence)
        page.click("button >> text=Show features")
        page.wait_for_function(
            "(wanted) => document.querySelector('ip-heat')?.sequence === wanted", arg=sequence
        )
    for mutation in ("M1W", "S2W"):
        page.get_by_label("Mutate").fill(mutation)
        page.click("button >> text=Show features")
        wanted = SEQUENCE[::-1].replace("M", "W", 1) if mutation == "M1W" else "MW" + (
            SEQUENCE[::-1][2:]
        )  # fmt: skip
        page.wait_for_function(
            "(wanted) => [...document.querySelectorAll('ip-heat')].at(-1)?.sequence === wanted",
            arg=wanted,
        )


def test_back_and_reload_give_what_was_seen(page, server):
    page.goto(f"{server}/features")
    page.get_by_label("Density").select_option("0.1 – 1 %")
    page.wait_for_function("location.search.includes('density')")
    page.get_by_label("Search").fill("zinc")
    page.wait_for_function("location.search.includes('q=zinc')")
    page.click("th button >> text=Feature")
    page.wait_for_selector("th[aria-sort] >> text=Feature")
    page.click(".ip-features .ip-feature >> nth=0")
    page.wait_for_selector(".ip-id")
    page.go_back()
    page.wait_for_selector("th[aria-sort] >> text=Feature")
    for _ in range(2):
        assert page.get_by_label("Search").input_value() == "zinc"
        assert page.get_by_label("Density").input_value() == "0.1 – 1 %"
        page.reload()
        page.wait_for_selector("th[aria-sort] >> text=Feature")
