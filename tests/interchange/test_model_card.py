import pytest
import yaml

from interplm.interchange.model_card import model_card

DESCRIPTION = {
    "architecture": "topk",
    "settings": {"d_in": 320, "d_sae": 2560, "k": 32, "kernel": "auto"},
    "trained_on": {"plm": "esm2_8m", "layer": 3, "selection": "a | b"},
}


def card(**changes):
    arguments = {
        "description": DESCRIPTION, "d_sae": 2560, "license": "mit", "has_maxima": False,
        "figures": {"explained_variance": 0.87654, "l0": 31.96, "steps": 3000},
    }  # fmt: skip
    return model_card("someone/layer3", **arguments | changes)


def test_the_front_matter_is_what_the_hub_reads():
    _, front, _ = card().split("---\n", 2)
    found = yaml.safe_load(front)
    assert (found["library_name"], found["license"]) == ("interplm", "mit")
    assert {"sparse-autoencoder", "protein-language-model", "topk", "esm2_8m"} <= set(found["tags"])


@pytest.mark.parametrize(
    "line",
    [
        "# layer3",
        "A sparse autoencoder (topk, 2,560 features) on layer 3 of esm2_8m.",
        "| explained variance | 0.8765 |",
        "| L0, features that fire on a residue | 31.96 |",
        "| k | 32 |",
        "| selection | a \\| b |",
        'sae = interchange.load("someone/layer3")',
    ],
)
def test_it_says_what_the_sae_is_how_good_and_how_to_load_it(line):
    assert line in card().splitlines()


def test_what_is_not_known_is_left_out():
    bare = DESCRIPTION | {"trained_on": {"converted_from": "SAELens"}}
    text = card(description=bare, figures={})
    assert "Results" not in text
    assert "A sparse autoencoder (topk, 2,560 features).\n" in text
    assert "| converted_from | SAELens |" in text


def test_maxima_are_explained_where_they_are():
    assert "maxima.safetensors" in card(has_maxima=True)
    assert "maxima.safetensors" not in card()
