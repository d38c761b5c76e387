import json
import re
from html import unescape

from interplm.explorer.render.sequence import sequence_strip, whole_sequence
from interplm.explorer.render.tracks import lanes, tracks
from interplm.features.database.records import Annotation


def span(start, stop, *, note="", concept="Helix", ends_only=False):
    return Annotation(
        accession="P1", concept=concept, family="Structure", start=start, stop=stop,
        ends_only=ends_only, note=note, evidence="",
    )  # fmt: skip


def letters(html):
    return re.findall(r"<i(?: class=\"([^\"]*)\")?>(.)</i>", html)


def test_residues_are_shaded_by_their_activation_and_the_peak_is_marked():
    html = sequence_strip("MKAV", {1: 1.0, 2: 0.5}, [], {}, start=0, stop=4, mark=1)
    assert letters(html) == [("", "M"), ("a20 m", "K"), ("a10", "A"), ("", "V")]


def test_a_strip_carries_what_its_window_shows_and_no_more():
    html = sequence_strip(
        "MKAVLLQ", {0: 0.2, 3: 0.3333333}, [span(0, 2), span(3, 9)], {}, start=2, stop=6
    )
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', html))
    assert attributes["start"] == "2"
    assert json.loads(unescape(attributes["activations"])) == {"3": 0.333}
    assert json.loads(unescape(attributes["spans"])) == [[3, 9, 0, "Helix"]]
    assert "".join(letter for _, letter in letters(html)) == "AVLL"


def test_a_whole_sequence_is_numbered_line_by_line_and_loses_no_residue():
    sequence = "".join("ACDEFGHIKL"[i % 10] for i in range(125))
    html = whole_sequence(sequence, {}, [], {}, per_line=60)
    assert "".join(letter for _, letter in letters(html)) == sequence
    assert re.findall(r'ip-ruler">(\d+)<', html) == ["1", "61", "121"]


def test_overlapping_annotations_lie_in_lanes_of_their_own():
    rows = lanes([span(0, 10), span(5, 8), span(10, 12), span(8, 20)])
    assert [[(a.start, a.stop) for a in row] for row in rows] == [
        [(0, 10), (10, 12)], [(5, 8), (8, 20)],
    ]  # fmt: skip


def test_bars_are_cut_to_the_window_and_those_beyond_the_lanes_are_counted():
    html = tracks([span(0, 50)] + [span(12, 15)] * 6, {"Structure": "#123456"}, start=10, stop=20)
    assert "--from:0;--n:10;--c:#123456" in html
    assert "ip-cut-left ip-cut-right" in html
    assert "3 more annotations" in html


def test_a_note_is_only_text():
    html = sequence_strip(
        "MKAV", {}, [span(0, 4, note='"><script>alert(1)</script>')], {}, start=0, stop=4
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html
