"""The tasks of test_tasks.py on scores of one's own: INTERPLM_TEST_SCORES=<folder of scores>."""

import pytest
import requests
from tests.explorer.conftest import GIVEN_SCORES, settled, visit
from tests.explorer.runs import pdb
from tests.explorer.test_accessibility import complaints
from tests.explorer.test_tasks import painted, strips, text_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not GIVEN_SCORES, reason="INTERPLM_TEST_SCORES names no scores"),
]
DRAWN = "(wanted) => document.querySelector('ip-heat')?.letters === wanted"


@pytest.fixture
def pair(explorer):
    return explorer.reader.best_pairs()[0]


@pytest.fixture
def proteins(explorer, pair):
    """Ten on which the feature of the best pair fires, none too long for a picture."""
    examples = explorer.reader.examples(pair.feature)
    known = explorer.reader.proteins([example.accession for example in examples])
    return [protein for protein in known.values() if protein.length <= 400][:10]


def test_a_what_was_learnt(page, server, explorer, pair):
    visit(page, server)
    said = page.locator("[data-part=overview]").inner_text()
    for row in explorer.reader.summaries.values():
        if not row.representation.startswith(("random_sae_seed", "shuffled", "untrained")):
            assert f"{row.mean_average_precision:.2f}" in said
    assert pair.concept in page.locator("[data-part=strongest] tbody tr").first.inner_text()
    page.wait_for_function("document.querySelector('ip-map')?.points")
    assert painted(page, "ip-map canvas") > 5


def test_b_a_concept_is_found_by_its_words(page, server, pair):
    visit(page, f"{server}/features")
    page.get_by_label("Search").fill(pair.concept)
    page.wait_for_selector(f".ip-features tbody .ip-feature >> text=f/{pair.feature}")
    page.locator(".ip-features tbody .ip-feature").first.click()
    page.wait_for_selector(".ip-id")


def test_c_evidence_stands_beside_the_label(page, server, explorer):
    pair = explorer.reader.labels()[0]
    visit(page, f"{server}/feature?feature={pair.feature}")
    assert f"AP {pair.average_precision:.2f}, best baseline" in page.inner_text(".ip-chips")
    assert f"F1 by residue {pair.f1_residue:.2f}" in page.inner_text(".ip-chips")


def test_d_ten_proteins_in_a_row(page, server, proteins):
    visit(page, f"{server}/your-protein?show=all")
    box = page.get_by_label("Accession, sequence or FASTA")
    for protein in proteins:
        box.fill(protein.accession)
        box.press("Enter")
        page.wait_for_function(DRAWN, arg=protein.sequence)
        settled(page)


def test_e_five_mutants_in_a_row(page, server, proteins):
    sequence = proteins[0].sequence
    visit(page, f"{server}/your-protein?show=all#protein={sequence}")
    for place in (3, 7, 11, 15, 19):
        letter = "W" if sequence[place - 1] != "W" else "P"
        page.get_by_label("Change residues").fill(f"{sequence[place - 1]}{place}{letter}")
        page.get_by_label("Change residues").press("Enter")
        page.wait_for_function(DRAWN, arg=sequence[: place - 1] + letter + sequence[place:])
        settled(page)


def test_f_missing_annotations_are_listed_whole(page, server, explorer, pair):
    counts = explorer.reader.n_verdicts(pair.concept)
    visit(page, f"{server}/concepts?concept={pair.concept}")
    for verdict, n in counts.items():
        assert f"{verdict.capitalize()} {n:,}" in page.inner_text("[data-part=verdicts]")
    with page.expect_download() as saving:
        page.click("[data-part=verdicts] .ip-saves button")
    assert len(text_of(saving.value).splitlines()) == 1 + sum(counts.values())


def test_g_structures_of_three_proteins_in_a_row(page, server, pair, proteins, tmp_path):
    for protein in proteins[:3]:
        visit(page, f"{server}/feature?feature={pair.feature}&accession={protein.accession}")
        path = tmp_path / f"{protein.accession}.pdb"
        path.write_text(pdb(protein.sequence))
        page.locator("input[data-attach=structure]").set_input_files(path)
        wanted = "(wanted) => document.querySelector('ip-structure')?.chain?.letters === wanted"
        page.wait_for_function(wanted, arg=protein.sequence)
        assert painted(page, "ip-structure canvas") > 20


def test_h_j_logo_strips_and_table_as_files(page, server, explorer, pair):
    visit(page, f"{server}/feature?feature={pair.feature}")
    examples = explorer.reader.examples(pair.feature, "top")
    assert {accession for accession, _ in strips(page)} == {e.accession for e in examples}
    for name in ("logo.svg", "top.pdf", "top.csv"):
        with page.expect_download() as saving:
            page.click(f"[data-file='feature-{pair.feature}-{name}']")
    assert len(text_of(saving.value).splitlines()) == 1 + sum(len(e.positions) for e in examples)


def test_i_a_shared_link_gives_what_was_seen(page, server, explorer, pair):
    accession = explorer.reader.examples(pair.feature)[-1].accession
    visit(page, f"{server}/feature?feature={pair.feature}&align=start&accession={accession}")
    seen = page.inner_text(".ip-bench")
    page.reload()
    settled(page)
    assert page.inner_text(".ip-bench") == seen
    assert accession in page.inner_text("[data-part=whole] h2")


def test_k_a_protein_is_chosen_by_the_keyboard(page, server, pair):
    visit(page, f"{server}/feature?feature={pair.feature}")
    page.locator("[data-part=rows] .ip-who button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('accession=')")


def test_l_nothing_is_held_against_its_pages(page, server, pair, proteins):
    pytest.importorskip("axe_playwright_python.sync_playwright")
    for address in (
        "",
        f"feature?feature={pair.feature}",
        f"concepts?concept={pair.concept}",
        f"your-protein?show=all#protein={proteins[0].accession}",
    ):
        visit(page, f"{server}/{address}")
        assert complaints(page) == [], address


def test_m_the_api_answers_alike(server, explorer, pair):
    def ask(endpoint, *arguments):
        answer = requests.post(
            f"{server}/gradio_api/run/{endpoint}", json={"data": arguments}, timeout=60
        )
        answer.raise_for_status()
        return answer.json()["data"][0]

    assert ask("feature", pair.feature)["feature"] == pair.feature
    assert len(ask("concepts")) == len(explorer.reader.concepts)
    assert ask("meta")["plm"] == explorer.reader.meta["plm"]
