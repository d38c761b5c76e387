import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.concepts.feature_grammar import (
    Feature,
    Unreadable,
    parse_features,
    parse_location,
)


def parsed(text):
    """Key, location and qualifiers of features, the piece of what is none."""
    return [
        (found.key, found.location, dict(found.qualifiers))
        if isinstance(found, Feature)
        else found.piece
        for found in parse_features(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("ACT_SITE 5", [("ACT_SITE", "5", {})]),
        ("HELIX 1..9; HELIX 12..20;", [("HELIX", "1..9", {}), ("HELIX", "12..20", {})]),
        (
            'MOD_RES 3; /evidence="ECO:0000269|Ref.6, ECO:0007744|PubMed:1"; /note="A"; /id="X"',
            [
                (
                    "MOD_RES",
                    "3",
                    {"evidence": "ECO:0000269|Ref.6, ECO:0007744|PubMed:1", "note": "A", "id": "X"},
                )
            ],
        ),
        (
            'MOTIF 1..2; /note="a; MOTIF 3..4; b/c"; MOTIF 5..6',
            [("MOTIF", "1..2", {"note": "a; MOTIF 3..4; b/c"}), ("MOTIF", "5..6", {})],
        ),
        (
            'REGION 1..2; /note="a ""box"""; REGION 3..4',
            [("REGION", "1..2", {"note": 'a "box"'}), ("REGION", "3..4", {})],
        ),
        (
            'REGION 1..2; /note="the "box" of it"; /id="X"',
            [("REGION", "1..2", {"note": 'the "box" of it', "id": "X"})],
        ),
        ('REGION 1..2; /note=""; TURN 3', [("REGION", "1..2", {"note": ""}), ("TURN", "3", {})]),
        ('SIGNAL <1..?; /note="x"', [("SIGNAL", "<1..?", {"note": "x"})]),
        ("MOD_RES P1-2:5", [("MOD_RES", "P1-2:5", {})]),
    ],
)
def test_what_follows_the_grammar_is_read(text, expected):
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nonsense", ["nonsense"]),
        ("HELIX 1..2; nonsense; HELIX 5..6", ["HELIX 1..2; nonsense", ("HELIX", "5..6", {})]),
        ("HELIX 1 to 2", ["HELIX 1 to 2"]),
        ("TURN 3; /flag; TURN 5", ["TURN 3; /flag", ("TURN", "5", {})]),
        ('TURN 3; /note="x; TURN 5', ['TURN 3; /note="x', ("TURN", "5", {})]),
        (
            'TURN 3; /note="x; TURN 5; /note="y"',
            ['TURN 3; /note="x', ("TURN", "5", {"note": "y"})],
        ),
    ],
)
def test_what_does_not_is_given_back_up_to_the_next_feature(text, expected):
    assert parsed(text) == expected


PLAIN = st.characters(codec="utf-8", exclude_characters='"\t\n\r', exclude_categories=["Cs", "Cc"])
TRICKY = st.sampled_from(
    ['"', '""', "; ", "/", '/note="', "; HELIX 5..6", '; /id="x"', "ACT_SITE 9"]
)
VALUES = st.lists(st.one_of(PLAIN, TRICKY), max_size=12).map("".join)
QUALIFIERS = st.lists(
    st.tuples(st.sampled_from(["note", "evidence", "id", "ligand"]), VALUES),
    max_size=3,
    unique_by=lambda pair: pair[0],
)
LOCATIONS = st.one_of(
    st.integers(1, 99).map(str),
    st.tuples(st.sampled_from(["1", "<1", "?", "?7"]), st.sampled_from(["9", ">9", "?", "?9"])).map(
        "..".join
    ),
    st.just("P12345-2:5..10"),
)
FEATURES = st.tuples(st.sampled_from(["ACT_SITE", "HELIX", "ZN_FING"]), LOCATIONS, QUALIFIERS)


def written(feature):
    key, location, qualifiers = feature
    escaped = [(name, value.replace('"', '""')) for name, value in qualifiers]
    return "; ".join([f"{key} {location}", *(f'/{name}="{value}"' for name, value in escaped)])


@given(st.lists(FEATURES, max_size=5))
def test_what_is_written_is_read_back(features):
    found = list(parse_features("; ".join(map(written, features))))
    assert found == [
        Feature(key, location, tuple(qualifiers), written((key, location, qualifiers)))
        for key, location, qualifiers in features
    ]


@given(st.lists(st.one_of(FEATURES.map(written), st.text(max_size=30)), max_size=5))
def test_no_letter_is_lost_whatever_the_text(pieces):
    text = "; ".join(pieces)
    found = [feature.piece for feature in parse_features(text)]
    assert re.sub(r"[\s;]", "", "".join(found)) == re.sub(r"[\s;]", "", text)


@given(st.lists(st.one_of(FEATURES.map(written), st.just("junk"), st.just("x /y=z")), max_size=6))
def test_no_feature_among_junk_is_lost(pieces):
    found = list(parse_features("; ".join(pieces)))
    text = " ".join(piece.piece for piece in found if isinstance(piece, Unreadable))
    read = sum(isinstance(piece, Feature) for piece in found)
    unquoted = re.sub(r'"(?:[^"]|"")*"', "", text)
    keys = r"(?:ACT_SITE|HELIX|ZN_FING) [0-9<>?P]"
    assert read + len(re.findall(keys, unquoted)) == sum(
        piece not in ("junk", "x /y=z") for piece in pieces
    )


def test_long_runs_of_quotes_take_no_long_time():
    text = 'REGION 1..2; /note="' + '""' * 20_000 + '"" x'
    assert [type(found) for found in parse_features(text)] == [Unreadable]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("5", (4, 5)),
        ("1..30", (0, 30)),
        ("<1..20", (0, 20)),
        ("1..>30", (0, 30)),
        ("<5", (4, 5)),
    ],
)
def test_a_location_is_a_half_open_place(location, place):
    assert parse_location(location) == place


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("?", "an end is unknown"),
        ("1..?", "an end is unknown"),
        ("?..9", "an end is unknown"),
        ("<1..?", "an end is unknown"),
        ("?12..20", "the position is uncertain"),
        ("1..?20", "the position is uncertain"),
        ("P1-2:5..10", "the position is on P1-2, another sequence"),
        ("0..4", "0..4 does not run forward from 1"),
        ("9..4", "9..4 does not run forward from 1"),
        ("1..1234567890", "1..1234567890 is not a location"),
        ("9" * 5000, "9" * 5000 + " is not a location"),
        ("5.10", "5.10 is not a location"),
        ("..5", "..5 is not a location"),
        ("<", "< is not a location"),
        ("٣", "٣ is not a location"),
    ],
)
def test_another_location_is_none_and_says_why(location, reason):
    assert parse_location(location) == reason


@given(st.text(max_size=15))
def test_a_place_is_forward_and_of_bounded_size_whatever_the_text(location):
    place = parse_location(location)
    assert isinstance(place, str) or 0 <= place[0] < place[1] < 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TRANSMEM 7 27 Helical. {ECO:0000255}.", ("TRANSMEM", "7..27", "Helical", "ECO:0000255")),
        ("ACT_SITE 57 57 {ECO:1}.", ("ACT_SITE", "57", "", "ECO:1")),
        (
            "MOD_RES 15 15 Phosphoserine; by PKA. {ECO:0000269|PubMed:1, ECO:0000250}.",
            ("MOD_RES", "15", "Phosphoserine; by PKA", "ECO:0000269|PubMed:1, ECO:0000250"),
        ),
        ("SIGNAL 1 ? Potential.", ("SIGNAL", "1..?", "Potential", "")),
        ("CHAIN 2 >90 Kinase 1. /FTId=PRO_0000001.", ("CHAIN", "2..>90", "Kinase 1", "")),
        ("HELIX 5 9", ("HELIX", "5..9", "", "")),
    ],
)
def test_the_form_before_2019_is_read_as_that_of_today(text, expected):
    for whole in (text, f"{text};", f"{text}; TURN 1 1.", f"HELIX 3 4 {{ECO:1}}.; {text}"):
        found = [
            (f.key, f.location, f.qualifier("note"), f.qualifier("evidence"))
            for f in parse_features(whole)
            if isinstance(f, Feature)
        ]
        assert expected in found
        assert len(found) == 1 + whole.startswith("HELIX 3") + whole.endswith("TURN 1 1.")


@pytest.mark.parametrize(
    "text",
    [
        'ACT_SITE 4; /note="x"; evidence="ECO:0000269|PubMed:1"',
        'ACT_SITE 4; /note="x"; \\evidence="ECO:0000269"',
        'ACT_SITE 4; /note="x; /evidence="ECO:0000269"',
        'ACT_SITE 4; /note="x"; /evidence:"ECO:0000269"',
        'ACT_SITE 4; /note="x"; /evidence"ECO:0000269"',
        'ACT_SITE 4; /note="x"; /evidence=ECO:0000269',
        'ACT_SITE 4; /note="x; evidence=ECO:0000269"',
        'ACT_SITE 4; /note="x"; /evidnce="ECO:0000269"',
    ],
)
def test_evidence_is_never_lost_in_another_qualifier(text):
    *unreadable, last = parse_features(f"{text}; TURN 5")
    assert all(isinstance(found, Unreadable) for found in unreadable)
    assert "".join(found.piece for found in unreadable).startswith("ACT_SITE 4")
    assert (last.key, last.location) == ("TURN", "5")
