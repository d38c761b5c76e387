import pytest

from interplm.errors import UserError
from interplm.proteins import is_validation, validation_mask

ACCESSIONS = [f"P{number:05d}" for number in range(20_000)]


def test_the_share_is_as_asked_for():
    share = validation_mask(ACCESSIONS, fraction=0.05, seed=0).mean()
    assert share == pytest.approx(0.05, abs=0.005)


def test_the_split_does_not_depend_on_the_other_proteins():
    whole = validation_mask(ACCESSIONS, fraction=0.3, seed=0)
    assert (validation_mask(ACCESSIONS[::-1], fraction=0.3, seed=0) == whole[::-1]).all()
    assert is_validation("P00007", fraction=0.3, seed=0) == whole[7]


def test_known_answers_hold_on_every_platform():
    chosen = [a for a in ACCESSIONS[:40] if is_validation(a, fraction=0.1, seed=0)]
    assert chosen == ["P00002", "P00006", "P00008", "P00018", "P00028", "P00029"]


def test_another_seed_gives_another_split():
    first, second = (validation_mask(ACCESSIONS, fraction=0.5, seed=seed) for seed in (0, 1))
    assert 0.45 < (first == second).mean() < 0.55


def test_a_larger_fraction_keeps_what_a_smaller_one_kept():
    small, large = (validation_mask(ACCESSIONS, fraction=f, seed=0) for f in (0.1, 0.2))
    assert (large[small]).all()


def test_no_validation_is_possible():
    assert not validation_mask(ACCESSIONS, fraction=0.0, seed=0).any()


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 2.0])
def test_a_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(UserError, match=r"validation_fraction must be in \[0, 1\), got"):
        is_validation("P1", fraction=fraction, seed=0)
