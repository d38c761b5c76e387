import base64
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.figures import FIGURES, draw_figure, drawing
from interplm.explorer.pages.your_protein.answer import N_RANKED, changes_of
from interplm.explorer.pages.your_protein.asked import asked
from interplm.explorer.tables import Given
from interplm.explorer.theme import N_LEVELS, difference_level, diverging
from interplm.features.database.records import Annotation

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"
STARTS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}


def arguments(explorer):
    pair = explorer.reader.best_pairs()[0]
    return {
        "feature": pair.feature, "concept": pair.concept, "protein": SEQUENCE, "bucket": "top",
        "align": "peak", "mutations": "L8P", "region": "5-8", "show": "all",
    }  # fmt: skip


def given_to(explorer, name):
    """What a figure takes."""
    takes = FIGURES[name][1] if name in FIGURES else ()
    return {k: v for k, v in arguments(explorer).items() if k in takes}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_and_the_same_each_time(explorer, name):
    svg = draw_figure(explorer, name, given_to(explorer, name), "svg")
    assert svg == draw_figure(explorer, name, given_to(explorer, name), "svg")
    ET.fromstring(svg)


@pytest.mark.parametrize("kind", STARTS)
def test_a_figure_comes_in_every_format(explorer, kind):
    assert draw_figure(explorer, "logo", given_to(explorer, "logo"), kind).startswith(STARTS[kind])


def test_text_stays_text(explorer):
    svg = draw_figure(explorer, "map", {}, "svg").decode()
    assert "no concept" in re.findall(r">([^<]*no concept[^<]*)<", svg)
    assert explorer.title() in svg


def test_strips_hold_the_proteins_of_the_range(explorer):
    given = given_to(explorer, "strips")
    svg = draw_figure(explorer, "strips", given, "svg").decode()
    for example in explorer.reader.examples(given["feature"], "top"):
        assert example.accession in svg


def test_a_difference_has_the_colour_that_it_has_on_the_page(explorer):
    given = given_to(explorer, "differences")
    found = asked(explorer, Address(given))
    numbers = [change.feature for change in changes_of(explorer, found)[:N_RANKED]]
    values = found.comparison.differences[:, numbers].toarray().T
    palette = [*diverging("light", "less")[::-1], "#ffffff", *diverging("light", "more")]
    expected = [[palette[difference_level(v) + N_LEVELS] for v in row] for row in values]
    assert len(np.unique(expected)) > 3
    svg = draw_figure(explorer, "differences", given, "svg").decode()
    assert cells(svg, *values.shape) == expected


def test_differences_are_numbered_by_residue_as_on_the_page(explorer):
    given = given_to(explorer, "differences")
    given |= {"protein": SEQUENCE * 3, "mutations": f"M1_K2ins{'A' * 40}"}
    svg = draw_figure(explorer, "differences", given, "svg").decode()
    frame = re.search(r'id="patch_2">\s*<path d="M (\S+) \S+ \nL (\S+) ', svg)
    left, right = map(float, frame.groups())
    ticks = re.findall(r'middle" x="(\S+)" [^>]*>(\d+)<', svg)
    # 40 columns stand between the first residue and all others.
    n_columns = 3 * len(SEQUENCE) + 40
    columns = {int(number): (float(x) - left) / (right - left) * n_columns for x, number in ticks}
    assert columns == {50: pytest.approx(89.5, abs=0.01), 100: pytest.approx(139.5, abs=0.01)}


@pytest.mark.parametrize("n_rows", [1, 3, 25])
@pytest.mark.parametrize("name", ["activations", "differences"])
def test_the_scale_of_a_map_of_few_rows_has_a_whole_label(explorer, monkeypatch, name, n_rows):
    monkeypatch.setattr(drawing, "N_RANKED", n_rows)
    make, takes = FIGURES[name]
    draw, size = make(explorer, Given(given_to(explorer, name), takes))
    figure = Figure(figsize=size, layout="constrained")
    with rc_context({"font.size": 8}):
        draw(figure)
        FigureCanvasAgg(figure).draw()
    label = figure.axes[-1].yaxis.label.get_window_extent()
    assert 0 <= label.y0 < label.y1 <= figure.bbox.y1
    assert label.x1 <= figure.bbox.x1


def cells(svg, n_rows, n_columns):
    """Colours in the middle of each cell of a heat map, whose picture stands on its head."""
    picture = re.search(r'<image xlink:href="data:image/png;base64,\s*([^"]*)"', svg)[1]
    pixels = imread(io.BytesIO(base64.b64decode(picture)))[::-1, :, :3]
    down = [int((row + 0.5) / n_rows * pixels.shape[0]) for row in range(n_rows)]
    across = [int((c + 0.5) / n_columns * pixels.shape[1]) for c in range(n_columns)]
    return [[to_hex(pixels[y, x]) for x in across] for y in down]


def test_a_curve_has_no_point_where_nothing_fires(explorer, monkeypatch):
    given = given_to(explorer, "precision_recall")
    scores = explorer.reader.scores(given["concept"], given["feature"])
    silent = replace(scores[-1], tp=0, fp=0, precision=0.0, recall=0.0, threshold=0.99)
    drawn = draw_figure(explorer, "precision_recall", given, "svg")
    monkeypatch.setattr(explorer.reader, "scores", lambda *_: [*scores, silent])
    assert draw_figure(explorer, "precision_recall", given, "svg") == drawn


def test_annotations_of_strips_lie_in_lanes_of_their_own(explorer, monkeypatch):
    given = given_to(explorer, "strips")
    first = explorer.reader.examples(given["feature"], "top")[0]
    spans = [
        Annotation(accession=first.accession, concept=f"c{n}", family="", start=first.peak + n,
                   stop=first.peak + n + 5, ends_only=False, note="", evidence="")
        for n in range(4)
    ]  # fmt: skip
    monkeypatch.setattr(explorer.reader, "annotations", lambda _: {first.accession: spans})
    svg = draw_figure(explorer, "strips", given, "svg").decode()
    found = re.findall(r'<path d="M (\S+) (\S+) \nL (\S+) \2 \n"[^>]* stroke: #7b8794', svg)
    bars = [(float(left), float(right), float(y)) for left, y, right in found]
    assert len(bars) >= 4
    for one, other in combinations(bars, 2):
        assert one[1] <= other[0] or other[1] <= one[0] or abs(one[2] - other[2]) > 1.5
    # Shaded residues reach 5 points and more from the middle of their letters.
    letters = {float(y) for y in re.findall(r'Sans Mono.*" x="\S+" y="(\S+)"', svg)}
    assert min(abs(letter - 1.8 - y) for letter in letters for *_, y in bars) > 5.5


@pytest.mark.parametrize(
    ("name", "kind", "changes", "sentence"),
    [
        ("nothing", "svg", {}, "There is no figure 'nothing' as 'svg'"),
        ("logo", "exe", {}, "There is no figure 'logo' as 'exe'"),
        ("logo", "svg", {"feature": 999}, "There is no feature 999"),
        ("strips", "svg", {"bucket": "best"}, "bucket must be one of"),
        ("strips", "svg", {"align": "end"}, "align must be one of peak, start, got 'end'"),
        ("strips", "svg", {"aling": "peak"}, "aling is not an argument of this; there are feature"),
        ("precision_recall", "svg", {"concept": "Signal peptid"}, "Did you mean Signal peptide"),
        ("precision_recall", "svg", {"feature": 3}, "No scores of f/3 for .* are kept"),
        ("differences", "svg", {"mutations": ""}, "Give mutations or another sequence"),
    ],
)
def test_what_cannot_be_drawn_is_said(explorer, name, kind, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        draw_figure(explorer, name, given_to(explorer, name) | changes, kind)
