import base64
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from interplm.explorer.evidence import chosen_others
from interplm.explorer.render.bars import diverging_bars
from interplm.explorer.render.curve import baseline_key, precision_recall
from interplm.explorer.render.glyphs import glyph
from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import sequence_logo, small_logo
from interplm.explorer.render.motif import motif
from interplm.explorer.render.overview_track import overview_track
from interplm.explorer.render.scatter import map_canvas, map_points
from interplm.features.database.records import Annotation, Score

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


def test_an_i_has_serifs_as_a_bar_would_be_a_block():
    places = np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", glyph("I")), dtype=float)
    assert len(np.unique(places, axis=0)) == 12


def test_the_letters_of_a_logo_stack_to_the_information_of_their_column():
    positions = motif(["CA", "CA", "CH", "CH"], UNIFORM)
    svg = ET.fromstring(sequence_logo(positions, 4))
    heights = [float(re.search(r"scale\([\d.]+ ([\d.]+)\)", p.get("transform"))[1])
               for p in svg.iter("path")]  # fmt: skip
    tallest = max(c.information for c in positions)
    tall = [84 * bits / tallest for c in positions for bits in c.heights.values()]
    # Letters shorter than this cannot be seen.
    assert sorted(heights) == pytest.approx(sorted(h for h in tall if h >= 0.8), abs=0.01)


def test_one_family_makes_no_logo():
    assert "two families of proteins or more" in sequence_logo([], 1)


def test_a_small_logo_is_the_middle_of_the_large_one_and_says_its_letters():
    positions = motif(["ACACACA"] * 9, UNIFORM)
    html = small_logo(positions, reach=1)
    assert 'aria-label="logo: ACA"' in html
    assert len(re.findall("<path", html)) >= 3
    assert small_logo([]) == ""


def test_bars_go_both_ways_from_zero_and_are_said():
    svg = ET.fromstring(diverging_bars([("A", 1.0), ("C", -0.5)], unit="nats"))
    up, down = svg.iter("rect")
    assert float(up.get("height")) == pytest.approx(2 * float(down.get("height")), rel=0.01)
    assert float(up.get("y")) < float(down.get("y"))
    assert svg.get("aria-label") == "from A +1.00 to C -0.50 nats"


@pytest.mark.parametrize("values", [(0.2, -0.456), (0.456, -0.2), (-0.1, -0.456)])
def test_both_ends_of_the_scale_of_bars_are_labelled_at_their_lines(values):
    svg = ET.fromstring(diverging_bars(list(zip("AC", values, strict=True)), unit="nats"))
    lines = [float(line.get("y1")) for line in svg.iter("line")]
    labels = {
        text.text: float(text.get("y")) - 4 for text in svg.iter("text") if text.text not in "AC"
    }
    assert labels == dict(zip(("+0.456 nats", "0", "−0.456 nats"), lines, strict=True))
    for value, bar in zip(values, svg.iter("rect"), strict=True):
        top, tall = float(bar.get("y")), float(bar.get("height"))
        end = top if value > 0 else top + tall
        assert lines[1] - end == pytest.approx(value / 0.456 * (lines[1] - lines[0]), abs=0.1)


def test_a_whole_protein_on_one_line_marks_where_it_fires_and_what_is_annotated():
    span = Annotation(accession="P1", concept="<i>", family="F", start=50, stop=100,
                      ends_only=False, note="", evidence="")  # fmt: skip
    html = overview_track(200, {0: 1.0, 199: 0.1}, [span], {"F": "#123456"})
    places = [
        (float(r.get("x", 0)), float(r.get("width"))) for r in ET.fromstring(html).iter("rect")
    ]
    assert places == [(0, 400), (398, 2), (0, 2), (100, 100)]
    assert "#123456" in html
    assert "&lt;i&gt;" in html


def score(**figures):
    counts = {"tp": 1, "fp": 1, "n_found": 1, "recall_residue": 0.5, "f1": 0.5, "f1_residue": 0.5}
    return Score(concept="c", feature=1, split="test", **(counts | figures))


def test_labels_of_thresholds_do_not_cover_one_another():
    crowded = [score(threshold=t / 20, precision=0.5 + t / 900, recall=0.9) for t in range(20)]
    html = precision_recall(crowded)
    assert html.count("<circle") == 20
    assert len(re.findall(r">0\.\d\d</text>", html)) < 5


def test_precision_rises_upwards_and_recall_to_the_right():
    scores = [
        score(threshold=0.0, precision=0.2, recall=0.9),
        score(threshold=0.8, precision=0.9, recall=0.1),
    ]
    low, high = ET.fromstring(precision_recall(scores)).iter("circle")
    assert float(high.get("cx")) < float(low.get("cx"))
    assert float(high.get("cy")) < float(low.get("cy"))
    assert "below the floor" in precision_recall([])


def test_baselines_are_hollow_points_that_say_their_names(explorer):
    pair = explorer.reader.best_pairs()[0]
    others = chosen_others(explorer.reader.pairs(concept=pair.concept))
    scores = explorer.reader.scores(pair.concept, pair.feature)
    html = precision_recall(scores, others)
    hollow = [c for c in ET.fromstring(html).iter("path") if c.get("class") == "ip-other"]
    assert len(hollow) == len(others) > 0
    assert hollow[0][0].text.startswith("PLM neurons: precision")


def test_a_curve_has_no_point_where_nothing_fires():
    scores = [
        score(threshold=0.2, precision=0.5, recall=0.9),
        score(threshold=0.8, precision=0.0, recall=0.0, tp=0, fp=7),
        score(threshold=0.9, precision=0.0, recall=0.0, tp=0, fp=0),
    ]
    svg = ET.fromstring(precision_recall(scores))
    assert len([*svg.iter("circle")]) == 2
    (line,) = svg.iter("polyline")
    assert len(line.get("points").split()) == 2
    assert "0.90" not in [text.text for text in svg.iter("text")]


def test_each_baseline_has_a_marker_of_its_own_which_the_key_explains(explorer):
    pair = explorer.reader.best_pairs()[0]
    (other, *_) = chosen_others(explorer.reader.pairs(concept=pair.concept))
    names = ["neurons", "random_sae_seed0", "random_sae_seed1", "pca"]
    others = [replace(other, representation=name) for name in names]
    html = precision_recall([score(threshold=0.2, precision=0.5, recall=0.9)], others)
    drawn = [path.get("d") for path in ET.fromstring(html).iter("path")]
    key = list(ET.fromstring(baseline_key(others)).iter("span"))
    assert [one[0].tail for one in key] == ["PLM neurons", "Random SAE", "Principal components"]
    of_neurons, of_random, of_components = (one[0][0].get("d") for one in key)
    assert drawn == [of_neurons, of_random, of_random, of_components]
    assert len(set(drawn)) == 3
    assert baseline_key([]) == ""


def test_the_map_is_whole_numbers_and_indices_and_leaves_out_what_has_no_place():
    points = map_points(
        {
            "feature": [0, 1, 2], "x": [-1.0, 3.0, None], "y": [0.0, 8.0, 1.0],
            "family": ["A", None, "A"], "label": [None, "x", "x"],
            "average_precision": [0.5, None, 0.1],
            "density": [0.01234, 0.0, 0.5],
        }
    )  # fmt: skip
    assert points == {
        "feature": [0, 1], "x": [0, 4095], "y": [0, 4095], "families": ["A"], "family": [0, -1],
        "labels": ["x"], "label": [-1, 0], "ap": [50, -1], "density": [0.012, 0.0],
    }  # fmt: skip


def test_ten_thousand_features_travel_as_less_than_half_a_megabyte():
    n = 10_240
    rng = np.random.default_rng(0)
    names = [f"Some concept {i % 300}" for i in range(n)]
    points = map_points(
        {
            "feature": range(n), "x": rng.normal(size=n), "y": rng.normal(size=n), "family": names,
            "label": names, "average_precision": rng.random(n), "density": rng.random(n) / 50,
        }
    )  # fmt: skip
    assert len(json.dumps(points, separators=(",", ":"))) < 500_000


def test_an_empty_map_says_why():
    assert "holds none" in map_canvas({}, 0)
    assert "&lt;b&gt;" in map_canvas({"<b>": "#0072b2"}, 3)


def test_a_heat_map_packs_the_hundredths_of_each_cell():
    html = heat_map(
        [("7", "<i>"), ("9", "")],
        "MKA",
        np.array([[0, 0.503, 2], [0.001, 0, 1]]),
        label="two by three",
    )
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', html))
    values = np.frombuffer(base64.b64decode(attributes["values"]), dtype=np.int8)
    assert values.tolist() == [0, 50, 100, 1, 0, 100]
    assert json.loads(unescape(attributes["rows"])) == [["7", "<i>"], ["9", ""]]
    assert json.loads(unescape(attributes["letters"])) == "MKA"


def test_differences_go_both_ways_and_columns_may_have_names():
    html = heat_map(
        [("7", "")], "MKA", np.array([[-0.503, 3, 0.004]]), label="x", is_difference=True,
        names=["M1", "K2A", "A3"],
    )  # fmt: skip
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', html))
    values = np.frombuffer(base64.b64decode(attributes["values"]), dtype=np.int8)
    assert values.tolist() == [-50, 100, 0]
    assert attributes["scale"] == "difference"
    assert json.loads(unescape(attributes["names"])) == ["M1", "K2A", "A3"]
