import numpy as np

from interplm.features.profile.sampling import mixed, protein_priorities


def test_a_protein_has_the_same_priority_in_any_company():
    alone, among = protein_priorities(["P2"]), protein_priorities(["P1", "P2", "P3"])
    assert alone[0] == among[1]
    assert among.dtype == np.uint64
    assert len(set(among.tolist())) == 3


def test_the_smallest_priorities_are_a_fair_sample():
    priorities = protein_priorities([f"P{number}" for number in range(20_000)])
    shares = np.histogram(priorities / 2**64, bins=10, range=(0, 1))[0] / 20_000
    assert np.abs(shares - 0.1).max() < 0.01


def test_each_number_gives_another_order():
    priorities = protein_priorities([f"P{number}" for number in range(1000)])
    first, second = (np.argsort(mixed(priorities, np.full(1000, n))) for n in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
    assert np.array_equal(first, np.argsort(mixed(priorities, np.zeros(1000, np.int64))))
