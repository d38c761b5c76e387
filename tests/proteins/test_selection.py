import csv

import pytest

from interplm.errors import MalformedInput, UserError
from interplm.proteins import FastaSource, Selection, select, survey


@pytest.fixture
def source(tmp_path):
    """Proteins P0..P99 of 1..100 residues, and three unusable records."""
    path = tmp_path / "a.fasta"
    good = "".join(f">P{i}\n{'A' * (i + 1)}\n" for i in range(100))
    path.write_text(good + ">P5\nMK\n>\nMK\n>GAP\nM-K\n")
    return FastaSource(path=path, name="test")


def selection(**changes):
    return Selection(
        **{"min_residues": 1, "max_residues": None, "n_proteins": None, "seed": 0} | changes
    )


def run(source, chosen, tmp_path):
    found = survey(source, chosen, rejected_csv=tmp_path / "rejected.csv")
    return found, list(select(source, chosen, found))


def test_bounds_are_inclusive_and_what_lies_outside_is_counted(source, tmp_path):
    found, records = run(source, selection(min_residues=10, max_residues=20), tmp_path)
    assert [len(record.sequence) for record in records] == list(range(10, 21))
    assert (found.n_too_short, found.n_too_long, found.n_rejected) == (9, 80, 3)
    assert (found.n_read, found.n_selected, found.longest) == (103, 11, 20)
    assert found.n_residues == sum(range(10, 21))


def test_what_was_set_aside_is_written_with_line_and_reason(source, tmp_path):
    run(source, selection(), tmp_path)
    with (tmp_path / "rejected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["accession"], row["field"], row["line"]) for row in rows] == [
        ("P5", "accession", "201"),
        ("", "accession", "203"),
        ("GAP", "sequence", "205"),
    ]
    assert "gap '-'" in rows[2]["reason"]


def test_a_subset_has_exactly_the_size_asked_for_in_file_order(source, tmp_path):
    found, records = run(source, selection(n_proteins=30), tmp_path)
    numbers = [int(record.accession[1:]) for record in records]
    assert len(numbers) == found.n_selected == 30
    assert numbers == sorted(set(numbers))
    assert found.n_residues == sum(len(record.sequence) for record in records)
    assert found.longest == max(len(record.sequence) for record in records)


def test_the_same_seed_gives_the_same_subset_and_another_seed_another(source, tmp_path):
    def subset(seed):
        return run(source, selection(n_proteins=30, seed=seed), tmp_path)[1]

    assert subset(1) == subset(1)
    assert subset(1) != subset(2)


def test_every_protein_is_equally_likely(source, tmp_path):
    counts = [0] * 100
    for seed in range(300):
        found = survey(source, selection(n_proteins=20, seed=seed), rejected_csv=tmp_path / "r.csv")
        for position in found.chosen:
            counts[position] += 1
    # 300 draws with probability 0.2: mean 60, standard deviation 6.9.
    assert min(counts) > 60 - 5 * 6.9
    assert max(counts) < 60 + 5 * 6.9


def test_asking_for_more_than_there_are_names_both_numbers(source, tmp_path):
    with pytest.raises(UserError, match=r"101 proteins are asked for, but 100 of"):
        run(source, selection(n_proteins=101), tmp_path)


def test_a_filter_that_nothing_passes_is_refused(source, tmp_path):
    with pytest.raises(UserError, match=r"but 0 of .* pass the length filter"):
        run(source, selection(min_residues=500), tmp_path)


def test_a_file_in_which_nothing_can_be_used_says_why(tmp_path):
    path = tmp_path / "aligned.fasta"
    path.write_text(">P1\nM-K\n>P2\nMKV-\n")
    message = r"aligned.fasta, line 1: P1: gap '-' at residue 2: .*; nor can any other of its 2 rec"
    with pytest.raises(MalformedInput, match=message):
        run(FastaSource(path=path, name="test"), selection(), tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_proteins": 0}, "n_proteins must be at least 1 or null, got 0"),
        ({"min_residues": 9, "max_residues": 5}, "max_residues=5 is below min_residues=9"),
    ],
)
def test_settings_that_select_nothing_are_refused(changes, message):
    with pytest.raises(UserError, match=message):
        selection(**changes)


def test_a_file_that_changes_between_the_passes_is_noticed(source, tmp_path):
    found = survey(source, selection(), rejected_csv=tmp_path / "r.csv")
    source.path.write_text(">P1\nMKV\n")
    with pytest.raises(UserError, match="changed while it was read"):
        list(select(source, selection(), found))
