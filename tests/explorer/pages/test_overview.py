from dataclasses import replace

import pytest
from tests.explorer.html import cells, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.overview import feature_map, overview, strongest

NOWHERE = Address({})


def test_every_figure_of_the_sae_stands_beside_that_of_every_baseline(explorer):
    said = text_of(overview(explorer, NOWHERE))
    for row in explorer.reader.summaries.values():
        assert f"{row.mean_average_precision:.2f}" in said
        assert str(row.n_covered) in said
        assert str(row.n_covered_residue) in said


def test_where_a_baseline_leads_a_sentence_says_so_first(explorer, monkeypatch):
    ahead = tuple(replace(d, difference=-0.1, n_behind=20) for d in explorer.reader.differences)
    monkeypatch.setitem(explorer.reader.__dict__, "differences", ahead)
    html = overview(explorer, NOWHERE)
    assert "A baseline is ahead of the SAE" in html
    assert html.index("A baseline is ahead") < html.index("ip-compared")


def test_the_fidelity_that_training_measured_is_shown(explorer, monkeypatch):
    monkeypatch.setitem(explorer.reader.meta, "figures", {"fidelity/loss_recovered": 0.875})
    assert "<b>87.5 %</b>" in overview(explorer, NOWHERE)


def test_silent_says_of_what(explorer):
    n = explorer.reader.columns("n_active")["n_active"].count(0)
    assert f"{n} features, on these proteins" in overview(explorer, NOWHERE)


def test_the_strongest_concepts_come_with_their_best_feature_and_margin(explorer):
    pairs = explorer.reader.best_pairs()
    rows = cells(strongest(explorer, NOWHERE))[1:]
    assert [row[0] for row in rows] == [pair.concept for pair in pairs[: len(rows)]]
    assert rows[0][1] == f"f/{pairs[0].feature}"
    assert float(rows[0][3]) == pytest.approx(pairs[0].average_precision, abs=0.005)
    assert float(rows[0][4].replace("−", "-")) == pytest.approx(pairs[0].margin, abs=0.005)


def test_of_concepts_that_one_feature_detects_the_best_is_shown(explorer, monkeypatch):
    first, second, *_ = explorer.reader.best_pairs()
    behind = replace(second, feature=first.feature, margin=-0.1)
    monkeypatch.setattr(type(explorer.reader), "best_pairs", lambda _: [first, behind])
    assert [row[0] for row in cells(strongest(explorer, NOWHERE))[1:]] == [first.concept]
    monkeypatch.setattr(type(explorer.reader), "best_pairs", lambda _: [behind])
    assert '<span class="ip-weak-text">−0.10</span>' in strongest(explorer, NOWHERE)


def test_the_map_is_asked_for_the_run_that_is_shown(explorer):
    assert 'data-run="run"' in feature_map(explorer, NOWHERE)
