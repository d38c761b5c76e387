import itertools
import random

import numpy as np
import pytest

from interplm.concepts.kmers import cluster_by_kmers

ACIDS = "ACDEFGHIKLMNPQRSTVWY"


def generated(dice, length):
    return "".join(dice.choices(ACIDS, k=length))


def mutated(dice, sequence, identity):
    return "".join(a if dice.random() < identity else dice.choice(ACIDS) for a in sequence)


def clusters(sequences, k=6, containment=0.1, sampled=1.0, n_neighbours=8):
    return cluster_by_kmers(
        sequences, k=k, containment=containment, sampled=sampled, n_neighbours=n_neighbours
    ).tolist()


def reference(sequences, k, containment):
    """From the definition: all pairs of sets, then repeated merging."""
    sets = [
        {
            s[i : i + k]
            for i in range(len(s) - k + 1)
            if set(s[i : i + k]) <= set(ACIDS) and len(set(s[i : i + k])) > 2
        }
        for s in sequences
    ]
    cluster = list(range(len(sequences)))
    changed = True
    while changed:
        changed = False
        for i, j in itertools.combinations(range(len(sequences)), 2):
            enough = max(2, containment * min(len(sets[i]), len(sets[j])))
            if len(sets[i] & sets[j]) >= enough and cluster[i] != cluster[j]:
                cluster[i] = cluster[j] = min(cluster[i], cluster[j])
                changed = True
    return cluster


def families(seed, n_families=6, identity=0.8):
    dice = random.Random(seed)
    found = []
    for _ in range(n_families):
        ancestor = generated(dice, dice.randint(10, 90))
        found += [mutated(dice, ancestor, identity) for _ in range(dice.randint(1, 5))]
    dice.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("k", "containment"), [(3, 0.3), (6, 0.1), (6, 0.5)])
def test_clusters_are_those_of_the_definition(seed, k, containment):
    sequences = [*families(seed), "MK", "", "MKXXBZUOMKAD"]
    assert clusters(sequences, k, containment, n_neighbours=40) == reference(
        sequences, k, containment
    )


def test_relatives_of_half_identical_residues_are_mostly_found_and_others_left_apart():
    dice = random.Random(0)
    ancestors = [generated(dice, 300) for _ in range(60)]
    close = [mutated(dice, ancestor, 0.7) for ancestor in ancestors]
    found = clusters([*ancestors, *close], containment=0.05)
    assert found[:60] == list(range(60))
    assert np.mean(np.array(found[60:]) == np.arange(60)) > 0.9


def test_repeats_do_not_make_relatives():
    dice = random.Random(1)
    tails = [generated(dice, 60) for _ in range(4)]
    sequences = [
        tails[0] + "Q" * 50,
        tails[1] + "Q" * 50,
        tails[2] + "SR" * 25,
        tails[3] + "SR" * 25,
    ]
    assert clusters(sequences, containment=0.01) == [0, 1, 2, 3]


def test_a_fragment_belongs_to_its_protein():
    whole = generated(random.Random(2), 400)
    assert clusters([whole, whole[100:130]], containment=0.9) == [0, 0]


def test_a_large_family_is_one_cluster_with_few_neighbours():
    dice = random.Random(3)
    ancestor = generated(dice, 200)
    family = [mutated(dice, ancestor, 0.9) for _ in range(200)]
    assert set(clusters(family, n_neighbours=2)) == {0}


def test_a_sample_of_the_k_mers_finds_the_same_families():
    sequences = families(4, n_families=20, identity=0.95)
    sequences = [sequence * 1 for sequence in sequences if len(sequence) > 40]
    assert clusters(sequences, sampled=0.5) == clusters(sequences)


def test_k_mers_do_not_reach_from_one_protein_into_the_next():
    left, right = "ACDEFGHIKL", "MNPQRSTVWY"
    assert clusters([left, right, left[5:] + right[:5]], k=6, containment=0.01) == [0, 1, 2]


def test_proteins_in_several_blocks_are_compared(monkeypatch):
    monkeypatch.setattr("interplm.concepts.kmers._BLOCK", 100)
    sequences = families(5)
    assert clusters(sequences, n_neighbours=40) == reference(sequences, 6, 0.1)


def test_nothing_has_no_clusters():
    assert clusters([]) == []
    assert clusters(["", "M"]) == [0, 1]
