from interplm.features.encoding.names import (
    BASELINES,
    NAMES,
    baseline_of,
    display_name,
    is_baseline,
    order,
    with_seed,
)


def test_seeds_of_a_baseline_are_told_apart_and_put_together():
    name = with_seed("random_sae", 12)
    assert baseline_of(name) == "random_sae"
    assert display_name(name) == "Random SAE, seed 12"
    assert baseline_of("neurons") == "neurons"


def test_the_sae_comes_first_and_the_ceiling_last():
    names = ["linear_probe", "unheard_of", "neurons", with_seed("random_sae", 1), "sae"]
    assert sorted(names, key=order) == [
        "sae", "random_sae_seed1", "neurons", "linear_probe", "unheard_of"
    ]  # fmt: skip


def test_the_sae_should_beat_baselines_but_not_a_probe_that_is_told_the_truth():
    assert is_baseline("neurons")
    assert not is_baseline("sae")
    assert not is_baseline("linear_probe")
    assert set(BASELINES) == set(NAMES) - {"sae"}


def test_what_has_no_name_is_shown_as_it_is():
    assert display_name("unheard_of") == "unheard_of"
