"""What the page of speed says is what the script calculates, and that is near what was measured."""

import re
from pathlib import Path

import pytest
from experiments.speed import sizes

README = (Path(sizes.__file__).parent / "README.md").read_text()
MEASURED = sizes.Case(2_000, "8M", 320, 3, 2_560)


def figure(row):
    """The number of a row of the README's tables that begins so."""
    return float(
        re.search(rf"^\| {re.escape(row)}[^|]*\| ([\d.,]+)", README, re.M)[1].replace(",", "")
    )


def test_the_page_has_the_script_s_table():
    page = sizes.PAGE.read_text()
    assert sizes.with_table(page, sizes.table()) == page
    assert sizes.table() in page


def test_the_shares_and_the_rate_are_those_that_were_measured():
    assert figure("of the FLOP bound of the layers run") == sizes.EMBEDDING_SHARE
    assert figure("of the FLOP bound 10 d M") == sizes.TRAINING_SHARE
    assert f"float32 products at {sizes.GFLOPS:.0f} GFLOP/s" in README


def test_hours_are_those_of_whole_jobs_within_a_fifth():
    embedding, training = (
        MEASURED.n_residues / hours / 3600 for hours in MEASURED.hours(gflops=sizes.GFLOPS)
    )
    assert embedding == pytest.approx(figure("embedding layer 3 of 6, 8M size"), rel=0.2)
    assert training == pytest.approx(
        figure("training (ReLU, 2,560 features, 3,000 steps of 4,096)"), rel=0.2
    )


def test_another_machine_and_another_price():
    embedding, training = MEASURED.hours(gflops=2 * sizes.GFLOPS)
    assert sum(MEASURED.hours(gflops=sizes.GFLOPS)) == pytest.approx(2 * (embedding + training))
    assert sizes.table(euros=0).count("| 0 |\n") == len(sizes.CASES)
