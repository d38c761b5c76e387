import base64
import json
import re
import xml.etree.ElementTree as ET
from html import unescape

import numpy as np
import pytest

from interplm.explorer.render.curve import precision_recall
from interplm.explorer.render.glyphs import glyph
from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import enrichment_bars, sequence_logo
from interplm.explorer.render.motif import motif
from interplm.explorer.render.scatter import map_canvas, map_points
from interplm.features.database.records import Score

UNIFORM = dict.fromkeys("ACDEFGHIKLMNPQRSTVWY", 0.05)


def test_a_histogram_has_a_bar_for_each_bin_on_a_logarithmic_scale():
    svg = ET.fromstring(activation_histogram([1000, 10, 0, 1], 4.0))
    tall = [float(bar.get("height")) for bar in svg.iter("rect")]
    assert len(tall) == 4
    assert tall[2] == 0
    assert tall[0] / tall[1] == pytest.approx(np.log10(1001) / np.log10(11), rel=0.01)


def test_a_dead_feature_says_so_instead_of_a_histogram():
    assert "never fired" in activation_histogram([0] * 50, 0.0)
    assert "never fired" in activation_histogram([], 0.0)


def test_a_glyph_fills_the_unit_square():
    places = np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", glyph("W")), dtype=float)
    np.testing.assert_allclose(places.min(axis=0), 0, atol=0.01)
    np.testing.assert_allclose(places.max(axis=0), 1, atol=0.01)


def test_the_letters_of_a_logo_stack_to_the_information_of_their_column():
    positions = motif(["CA", "CA", "CH", "CH"], UNIFORM)
    svg = ET.fromstring(sequence_logo(positions, 4))
    heights = [float(re.search(r"scale\([\d.]+ ([\d.]+)\)", p.get("transform"))[1])
               for p in svg.iter("path")]  # fmt: skip
    shown = sum(c.information for c in positions) / max(c.information for c in positions) * 120
    assert sum(heights) == pytest.approx(shown, rel=0.05)


def test_one_window_makes_no_logo_and_no_enrichment_is_said():
    assert "at least two proteins" in sequence_logo([], 1)
    assert "more than twice" in enrichment_bars(motif(list("ACDEFGHIKL"), UNIFORM)[0])
    assert "C" in enrichment_bars(motif(["C"] * 9, UNIFORM)[0])


def test_precision_rises_upwards_and_recall_to_the_right():
    scores = [
        Score(threshold=0.0, precision=0.2, recall=0.9, f1=0.3),
        Score(threshold=0.8, precision=0.9, recall=0.1, f1=0.2),
    ]
    low, high = ET.fromstring(precision_recall(scores)).iter("circle")
    assert float(high.get("cx")) < float(low.get("cx"))
    assert float(high.get("cy")) < float(low.get("cy"))
    assert "below the floor" in precision_recall([])


def test_the_map_is_whole_numbers_and_indices_and_leaves_out_what_has_no_place():
    points = map_points(
        {
            "feature": [0, 1, 2], "x": [-1.0, 3.0, None], "y": [0.0, 8.0, 1.0],
            "family": ["A", None, "A"], "label": [None, "x", "x"], "f1": [0.5, None, 0.1],
            "density": [0.01234, 0.0, 0.5],
        }
    )  # fmt: skip
    assert points == {
        "feature": [0, 1], "x": [0, 4095], "y": [0, 4095], "families": ["A"], "family": [0, -1],
        "labels": ["x"], "label": [-1, 0], "f1": [50, -1], "density": [0.012, 0.0],
    }  # fmt: skip


def test_ten_thousand_features_travel_as_less_than_half_a_megabyte():
    n = 10_240
    rng = np.random.default_rng(0)
    names = [f"Some concept {i % 300}" for i in range(n)]
    points = map_points(
        {
            "feature": range(n), "x": rng.normal(size=n), "y": rng.normal(size=n), "family": names,
            "label": names, "f1": rng.random(n), "density": rng.random(n) / 50,
        }
    )  # fmt: skip
    assert len(json.dumps(points, separators=(",", ":"))) < 500_000


def test_an_empty_map_says_why():
    assert "holds none" in map_canvas({}, 0)
    assert "&lt;b&gt;" in map_canvas({"<b>": "#0072b2"}, 3)


def test_a_heat_map_packs_one_level_for_each_cell():
    html = heat_map("MKA", [7, 9], ["<i>", ""], np.array([[0, 0.5, 2], [0.01, 0, 1]]))
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', html))
    assert list(base64.b64decode(attributes["levels"])) == [0, 10, 20, 1, 0, 20]
    assert json.loads(unescape(attributes["labels"])) == ["<i>", ""]
    assert "nothing to draw" in heat_map("MKA", [], [], np.zeros((0, 3)))
