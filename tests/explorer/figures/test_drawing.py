import re
import xml.etree.ElementTree as ET

import pytest

from interplm.errors import UserError
from interplm.explorer.figures import FIGURES, draw_figure

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"
STARTS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}


def arguments(explorer):
    pair = explorer.reader.best_pairs()[0]
    return {
        "feature": pair.feature, "concept": pair.concept, "protein": SEQUENCE, "bucket": "top",
        "align": "peak", "mutations": "L8P", "region": "5-8", "show": "all",
    }  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_and_the_same_each_time(explorer, name):
    svg = draw_figure(explorer, name, arguments(explorer), "svg")
    assert svg == draw_figure(explorer, name, arguments(explorer), "svg")
    ET.fromstring(svg)


@pytest.mark.parametrize("kind", STARTS)
def test_a_figure_comes_in_every_format(explorer, kind):
    assert draw_figure(explorer, "logo", arguments(explorer), kind).startswith(STARTS[kind])


def test_text_stays_text(explorer):
    svg = draw_figure(explorer, "map", {}, "svg").decode()
    assert "no concept" in re.findall(r">([^<]*no concept[^<]*)<", svg)
    assert explorer.title() in svg


def test_strips_hold_the_proteins_of_the_range(explorer):
    given = arguments(explorer)
    svg = draw_figure(explorer, "strips", given, "svg").decode()
    for example in explorer.reader.examples(given["feature"], "top"):
        assert example.accession in svg


@pytest.mark.parametrize(
    ("name", "kind", "changes", "sentence"),
    [
        ("nothing", "svg", {}, "There is no figure 'nothing' as 'svg'"),
        ("logo", "exe", {}, "There is no figure 'logo' as 'exe'"),
        ("logo", "svg", {"feature": 999}, "There is no feature 999"),
        ("strips", "svg", {"bucket": "best"}, "bucket must be one of"),
        ("differences", "svg", {"mutations": ""}, "Give mutations or another sequence"),
    ],
)
def test_what_cannot_be_drawn_is_said(explorer, name, kind, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        draw_figure(explorer, name, arguments(explorer) | changes, kind)
