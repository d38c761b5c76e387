import re
from dataclasses import replace

import pytest
from tests.explorer.conftest import on_both_sizes, visit
from tests.explorer.html import gos

from interplm.explorer.address import Address
from interplm.explorer.pages.feature.rows import own_rows, rows

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def show(explorer, feature=1, **entries):
    return rows(explorer, explorer.reader.feature(feature), Address(entries))


def starts(html):
    return [int(start) for start in re.findall(r'data-start="(\d+)"', html)]


def test_strips_are_aligned_at_their_peaks_or_at_their_starts(explorer):
    html = show(explorer)
    pads = [int(pad) for pad in re.findall(r"--pad:(\d+)", html)]
    examples = explorer.reader.examples(1, "top")
    shown = list(
        zip(re.findall(r'data-accession="([^"]+)"', html), starts(html), pads, strict=True)
    )
    assert len(shown) == len(examples)
    # A peak stands as far from the left of the frame in every line.
    assert sorted((a, start - pad + explorer.strip_reach) for a, start, pad in shown) == sorted(
        (e.accession, e.peak) for e in examples
    )
    assert set(starts(show(explorer, align="start"))) == {0}


def test_the_colours_of_annotations_are_explained(explorer):
    html = show(explorer)
    shown = explorer.reader.examples(1, "top")
    spans = explorer.reader.annotations([e.accession for e in shown])
    families = {span.family for found in spans.values() for span in found}
    key = re.search(r'<div class="ip-key".*?</div>', html)[0]
    assert set(re.findall(r"</i>([^<]+)</span>", key)) == families
    for family in families:
        assert f'style="background:{explorer.colours[family]}"></i>{family}' in key


def test_homologues_are_folded_under_the_strongest_of_them(explorer):
    html = show(explorer)
    proteins = re.findall(r'data-accession="([^"]+)"', html)
    known = explorer.reader.proteins(proteins)
    families = len({known[accession].cluster for accession in proteins})
    shown = re.findall(r'class="ip-row"(?! data-family)', html)
    assert len(shown) == families
    assert html.count(" hidden>") == len(proteins) - families
    assert f"{len(proteins)} proteins of {families} families" in html
    strongest = explorer.reader.examples(1, "top")[0].accession
    assert html.index(strongest) < html.index(" hidden>")


def test_a_protein_says_its_accession_in_full_with_its_name_if_it_has_one(explorer, monkeypatch):
    accession = explorer.reader.examples(1, "top")[0].accession
    protein = explorer.reader.proteins([accession])[accession]
    for name, title in (("Protein <1>", f"{accession} Protein &lt;1&gt;"), ("", accession)):
        known = {accession: replace(protein, name=name)}
        monkeypatch.setattr(explorer.reader, "proteins", lambda _, known=known: known)
        assert f'title="{title}">{accession}<' in show(explorer)


@pytest.mark.slow
@on_both_sizes
def test_identifiers_of_twelve_letters_are_whole_beside_a_fold(page, server):
    visit(page, f"{server}/feature?feature=1")
    widths = page.evaluate("""[...document.querySelectorAll('.ip-row:has(.ip-fold)')].map((row) => {
      const link = row.querySelector('.ip-link');
      link.textContent = 'donor12_0001';
      row.querySelector('.ip-fold').textContent = '+10';
      return [link.scrollWidth, link.clientWidth];
    })""")
    assert len(widths) > 0
    assert all(needed <= given for needed, given in widths)


def test_a_row_chooses_its_protein(explorer):
    accession = explorer.reader.examples(1, "top")[0].accession
    assert {"accession": accession, "own": None} in gos(show(explorer))


def test_an_empty_range_and_a_silent_feature_say_why(explorer, monkeypatch):
    silent = explorer.reader.columns("n_active")["n_active"].index(0)
    assert "never fires" in show(explorer, silent)
    monkeypatch.setattr(type(explorer.reader), "examples", lambda self, *_: [])
    assert "lies in this range" in show(explorer, 1, bucket="0-0.2")


def test_ones_own_protein_is_read_and_comes_first(explorer):
    feature = explorer.reader.feature(3)
    html = own_rows(explorer, feature, Address({"protein": f">mine\n{SEQUENCE}"}))
    values = explorer.encoder.encode(SEQUENCE).of(3)
    assert "mine" in html
    assert (f"<b>{values.max():.2f}</b>" if values.max() > 0 else "silent") in html
    assert own_rows(explorer, feature, Address({})) == ""


def test_under_ones_own_protein_stands_what_it_is_compared_with(explorer):
    mutant = f"{SEQUENCE[:7]}P{SEQUENCE[8:]}"
    values = explorer.encoder.encode(mutant).values - explorer.encoder.encode(SEQUENCE).values
    feature = explorer.reader.feature(int(values.max(axis=0).toarray().argmax()))
    for entries, name, short in (
        ({"mutations": "L8P"}, "mine L8P", "L8P"),
        ({"other": f">theirs\n{mutant}"}, "theirs", "theirs"),
    ):
        html = own_rows(explorer, feature, Address({"protein": f">mine\n{SEQUENCE}", **entries}))
        assert [go["own"] for go in gos(html)] == ["1", "2"]
        assert re.findall(r'title="([^"]*)"', html) == ["mine", name]
        assert re.findall(r"([^>]*)</button>", html) == ["mine", short]
        strongest = explorer.encoder.encode(mutant).of(feature.feature).max()
        assert html.rindex(f"<b>{strongest:.2f}</b>") > html.index(name)
