import random

import numpy as np
import pytest

from interplm.concepts import identity
from interplm.concepts.identity import nearest_pair
from interplm.proteins.alphabet import STANDARD


def generated(dice, length):
    return "".join(dice.choices(STANDARD, k=length))


def substituted(dice, sequence, n):
    """Exactly n residues exchanged for others."""
    letters = list(sequence)
    for index in dice.sample(range(len(letters)), n):
        letters[index] = dice.choice(sorted(set(STANDARD) - {letters[index]}))
    return "".join(letters)


def nearest(sequences, validation, n_aligned=10):
    accessions = [f"P{number}" for number in range(len(sequences))]
    return nearest_pair(accessions, sequences, np.array(validation), n_aligned=n_aligned)


def test_the_largest_identity_between_the_sides_is_found_with_its_proteins():
    dice = random.Random(0)
    ancestor, other = generated(dice, 120), generated(dice, 200)
    sequences = [
        generated(dice, 90), ancestor, generated(dice, 150), other,
        substituted(dice, ancestor, 36), substituted(dice, other, 90),
    ]  # fmt: skip
    found = nearest(sequences, [True] * 4 + [False] * 2)
    assert (found.validation, found.test) == ("P1", "P4")
    assert found.identity == pytest.approx(84 / 120, abs=0.02)
    assert "P1 and P4, have 7" in str(found)


def test_a_fragment_is_measured_by_its_own_length():
    dice = random.Random(1)
    whole = generated(dice, 300)
    found = nearest([whole, whole[100:160]], [True, False])
    assert found.identity == 1.0


def test_an_insertion_does_not_end_the_alignment():
    dice = random.Random(2)
    one = generated(dice, 100)
    found = nearest([one, one[:50] + generated(dice, 4) + one[50:]], [True, False])
    assert found.identity == pytest.approx(1.0, abs=0.02)


def test_relatives_on_one_side_are_no_matter():
    dice = random.Random(3)
    one = generated(dice, 100)
    found = nearest([one, one, generated(dice, 100)], [True, True, False])
    assert found is None or found.identity < 0.3


def test_without_a_common_k_mer_there_is_no_pair():
    assert nearest(["ACDEFGHIKL", "MNPQRSTVWY"], [True, False]) is None
    assert nearest(["", "MNPQRSTVWY"], [True, False]) is None


def test_residues_that_the_matrix_does_not_know_are_unknown_ones():
    sequence = "ACDEFGHIKLUOJMNPQRSTVWY"
    assert nearest([sequence, sequence], [True, False]).identity > 0.8


def test_a_large_family_is_compared_by_its_rarer_k_mers(monkeypatch):
    dice = random.Random(4)
    ancestor = generated(dice, 80)
    family = [substituted(dice, ancestor, 40) for _ in range(20)]
    twin = substituted(dice, family[0], 4)
    monkeypatch.setattr(identity, "_MAX_PRODUCTS", 60)
    found = nearest([*family, twin], [True] * 20 + [False])
    assert (found.validation, found.test) == ("P0", "P20")
    assert found.identity == pytest.approx(76 / 80, abs=0.02)
