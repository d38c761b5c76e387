import math

from interplm.explorer.structures.secondary import secondary_structure


def helix(n):
    return [
        (2.3 * math.cos(math.radians(100 * i)), 2.3 * math.sin(math.radians(100 * i)), 1.5 * i)
        for i in range(n)
    ]


def strand(n):
    return [(3.3 * i, 0.9 * (-1) ** i, 0.0) for i in range(n)]


def test_an_ideal_helix_is_one():
    assert secondary_structure(helix(12)) == "h" * 12


def test_an_extended_chain_is_a_strand():
    assert secondary_structure(strand(8)) == "e" * 8


def test_a_straight_row_and_short_chains_are_coil():
    assert secondary_structure([(3.8 * i, 0.0, 0.0) for i in range(9)]) == "c" * 9
    assert secondary_structure(helix(4)) == "c" * 4
    assert secondary_structure([]) == ""
