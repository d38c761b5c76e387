from dataclasses import replace

import pytest

from interplm.explorer.evidence import baseline_leads, best_baseline, chosen_others


@pytest.fixture
def pair(explorer):
    return explorer.reader.best_pairs()[0]


def with_seeds(explorer, monkeypatch, pair, precisions):
    """Seeds of a random SAE beside the neurons, with these average precisions on the concept."""
    pairs = explorer.reader.pairs(concept=pair.concept)
    seeds = [
        replace(pair, representation=f"random_sae_seed{n}", average_precision=value)
        for n, value in enumerate(precisions)
    ]
    summaries = explorer.reader.summaries
    added = dict.fromkeys((seed.representation for seed in seeds), summaries["neurons"])
    monkeypatch.setitem(explorer.reader.__dict__, "summaries", summaries | added)
    monkeypatch.setattr(type(explorer.reader), "pairs", lambda self, **_: pairs + seeds)


def test_the_best_baseline_is_the_one_that_the_margin_is_taken_over(explorer, monkeypatch, pair):
    concept = explorer.concept(pair.concept)
    with_seeds(explorer, monkeypatch, pair, [0.9, 0.7])
    best = best_baseline(explorer, concept)
    assert best.name == "Random SAE, 2 seeds"
    assert best.average_precision == pytest.approx(0.8)


def test_a_seed_that_finds_nothing_counts_as_chance(explorer, monkeypatch, pair):
    concept = explorer.concept(pair.concept)
    with_seeds(explorer, monkeypatch, pair, [0.9])
    summaries = explorer.reader.summaries
    added = summaries | {"random_sae_seed1": summaries["neurons"]}
    monkeypatch.setitem(explorer.reader.__dict__, "summaries", added)
    expected = max(
        (0.9 + concept.prevalence) / 2,
        next(p.average_precision for p in chosen_others(explorer.reader.pairs())
             if p.representation == "neurons"),
    )  # fmt: skip
    assert best_baseline(explorer, concept).average_precision == pytest.approx(expected)


def test_where_a_baseline_leads_a_sentence_says_so(explorer, monkeypatch, pair):
    concept = explorer.concept(pair.concept)
    assert baseline_leads(explorer, concept, pair) == ""
    with_seeds(explorer, monkeypatch, pair, [1.0])
    said = baseline_leads(explorer, concept, replace(pair, average_precision=0.5))
    assert said == f"A baseline is ahead here: Random SAE has AP 1.00, f/{pair.feature} 0.50."
