import pytest

from interplm.explorer.theme import (
    FAMILY_COLOURS,
    N_LEVELS,
    NO_FAMILY,
    OTHER_FAMILY,
    TOKENS,
    activation_level,
    contrast,
    css,
    difference_level,
    diverging,
    family_colours,
    scale,
    text_on,
)


def luminance(colour):
    return (contrast(colour, "#000000") * 0.05) - 0.05


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_on_every_shaded_residue_stands_out(mode):
    for colour in scale(mode):
        assert contrast(text_on(colour), colour) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("token", ["text", "quiet", "accent", "warning"])
@pytest.mark.parametrize("under", ["page", "panel"])
def test_text_stands_out_from_what_is_under_it(mode, token, under):
    assert contrast(TOKENS[mode][token], TOKENS[mode][under]) >= 4.5


@pytest.mark.parametrize(("mode", "direction"), [("light", -1), ("dark", 1)])
def test_more_activation_is_further_from_the_page_without_hue(mode, direction):
    lightness = [luminance(colour) * direction for colour in scale(mode)]
    assert lightness == sorted(lightness)
    assert len(set(scale(mode))) == N_LEVELS


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_mark_stands_out_from_the_page(mode):
    marks = [*scale(mode), *diverging(mode, "less"), *diverging(mode, "more")]
    marks += [*FAMILY_COLOURS, OTHER_FAMILY, NO_FAMILY, TOKENS[mode]["control"]]
    for colour in marks:
        assert contrast(colour, TOKENS[mode]["page"]) >= 3, colour


@pytest.mark.parametrize(("mode", "direction"), [("light", -1), ("dark", 1)])
@pytest.mark.parametrize("side", ["less", "more"])
def test_a_larger_difference_is_further_from_the_page(mode, direction, side):
    lightness = [luminance(colour) * direction for colour in diverging(mode, side)]
    assert lightness == sorted(lightness)


def test_a_difference_has_a_side_and_a_size():
    assert [difference_level(d) for d in (-2, -0.5, 0, 1)] == [-20, -10, 0, 20]


def test_a_difference_of_less_than_half_a_level_has_no_colour():
    small = (-0.074, -0.026, -0.024, 1e-9, 0.024, 0.026, 0.074)
    assert [difference_level(d) for d in small] == [-1, -1, 0, 0, 0, 1, 1]


def test_every_firing_residue_has_a_colour_and_silence_has_none():
    assert [activation_level(a) for a in (-0.1, 0, 1e-9, 0.5, 1, 7.3)] == [0, 0, 1, 10, 20, 20]


def test_the_commonest_families_get_the_palette_and_the_rest_share_a_colour():
    families = [f"family {n}" for n in range(9) for _ in range(20 - n)] + [None] * 50
    colours = family_colours(families)
    assert [colours[f"family {n}"] for n in range(6)] == list(FAMILY_COLOURS)
    assert {colours[f"family {n}"] for n in (6, 7, 8)} == {OTHER_FAMILY}
    assert None not in colours


def test_the_style_sheet_asks_for_nothing_elsewhere():
    assert "url(" not in css()
    assert "@import" not in css()
