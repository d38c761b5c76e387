from dataclasses import replace

from tests.features.databases import DIFFERENCES, SUMMARIES

from interplm.features.report.headline import MEASURES, headlines, log_lines, sentences


def rows(summaries=SUMMARIES, differences=DIFFERENCES):
    return headlines(summaries, differences)


def test_the_sae_comes_first_and_the_seeds_of_a_baseline_together():
    found = rows()
    assert [row.name for row in found] == ["sae", "random_sae", "neurons"]
    assert [len(row.seeds) for row in found] == [1, 2, 1]
    assert found[1].title == "Random SAE"
    assert found[0].difference is None
    assert found[1].difference.baseline == "random_sae"


def test_a_figure_of_several_seeds_is_their_mean_with_the_range():
    _, random, neurons = rows()
    assert random.text("mean_average_precision", 3) == "0.470 (0.450–0.490)"
    assert random.interval() == (0.45, 0.49)
    assert random.text("n_silent", 0) == "1"
    assert neurons.text("mean_average_precision", 3) == "0.200"
    assert neurons.interval() == (0.2 - 0.05, 0.2 + 0.05)


def test_a_baseline_that_is_ahead_is_named_in_a_sentence():
    said = sentences(rows())
    assert said[0] == (
        "A baseline is ahead of the SAE: Random SAE by 0.030 (95 % over clusters of proteins "
        "-0.080 to 0.020, over concepts -0.130 to 0.070), on 2 of 3 concepts."
    )
    assert said[1].startswith("Against PLM neurons the SAE is ahead by 0.240")
    assert "not certain" not in said[1]


def test_a_lead_whose_interval_includes_none_is_not_called_certain():
    doubtful = replace(DIFFERENCES[0], clusters_low=0.1, concepts_low=-0.01)
    said = sentences(rows(differences=[doubtful]))
    assert said[0].endswith("This lead is not certain: an interval includes none.")


def test_controls_that_are_covered_are_told_and_so_is_that_none_is():
    assert sentences(rows())[-1] == (
        "Of 2 controls of random spans, which must stay empty, some are covered: "
        "Random SAE 0 (0–1)."
    )
    empty = [replace(row, n_controls_covered=0) for row in SUMMARIES]
    assert sentences(rows(empty))[-1] == (
        "None of 2 controls of random spans is covered by anything."
    )
    without = [replace(row, n_controls=0, n_controls_covered=0) for row in SUMMARIES]
    assert len(sentences(rows(without))) == 2


def test_an_sae_alone_is_said_to_say_little():
    said = sentences(rows(SUMMARIES[:1], []))
    assert said[0] == "Nothing is compared with the SAE: its figures say little alone."


def test_the_log_has_every_baseline_beside_the_sae_and_chance():
    first, second, *_ = log_lines(rows())
    assert first == (
        "Mean average precision over 3 distinct concepts (chance 0.080): SAE 0.440 [0.390, 0.490]; "
        "Random SAE 0.470 (0.450–0.490) over 2 seeds; PLM neurons 0.200 [0.150, 0.250]"
    )
    assert second.endswith("SAE 1 and 0; Random SAE 2 (1–2) and 0; PLM neurons 0 and 0")


def test_features_with_a_concept_are_a_row_among_others():
    names = [measure for _, measure, _ in MEASURES]
    assert names[0] == "mean_average_precision"
    assert names.index("n_features_with_concept") > 3
    assert all(hasattr(SUMMARIES[0], name) for name in names)
