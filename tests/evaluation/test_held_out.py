import logging

import pytest
from tests.evaluation.plms import settings
from tests.plms.toy import ToyPLM

from interplm.errors import UserError
from interplm.evaluation import fidelity_sequences


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "proteins.fasta"
    path.write_text(">P1\nMKV\n>P2\nACDEF\n>P3\nMM\n>P4\nM1M\n>P5\nGGG\n")
    return path


def read(path, *, training=frozenset(), max_residues=10, **changes):
    return fidelity_sequences(
        settings(sequences=None if path is None else str(path), **changes),
        plm=ToyPLM(max_residues=max_residues),
        trained_on=training,
    )


def test_a_foreign_list_is_taken_whole(fasta):
    assert read(fasta) == ["MKV", "ACDEF", "MM", "GGG"]


def test_training_proteins_are_left_out(fasta):
    assert read(fasta, training={"P2", "P5", "P9"}) == ["MKV", "MM"]


def test_what_is_left_out_is_counted(fasta, caplog):
    with caplog.at_level(logging.INFO, logger="interplm.evaluation"):
        assert read(fasta, max_residues=3, training={"P3"}) == ["MKV", "GGG"]
    assert "2 of 2 sequences" in caplog.text
    assert "(1 unusable, 1 trained on, 1 longer than 3, 0 with letters" in caplog.text


def test_sequences_that_the_plm_cannot_read_or_predict_are_left_out_and_counted(tmp_path, caplog):
    path = tmp_path / "proteins.fasta"
    path.write_text(">P1\nMKV\n>P2\nAXDEF\n>P3\nXX\n")
    with caplog.at_level(logging.INFO, logger="interplm.evaluation"):
        assert read(path) == ["MKV"]
    assert "2 with letters that toy does not know or with nothing to predict" in caplog.text


def test_a_subset_is_random_and_follows_its_seed(fasta):
    subsets = {seed: read(fasta, n_sequences=2, seed=seed) for seed in range(20)}
    assert all(len(subset) == 2 for subset in subsets.values())
    assert subsets[0] == read(fasta, n_sequences=2, seed=0)
    assert len({tuple(sorted(subset)) for subset in subsets.values()}) > 1


def test_no_file_says_which_setting_names_one():
    with pytest.raises(UserError, match=r"give a file with fidelity.sequences=\.\.\."):
        read(None)


def test_nothing_usable_is_refused_with_the_counts(fasta):
    with pytest.raises(
        UserError, match=r"0 of 0 sequences .* 4 longer than 1, 0 with .*\): give another file"
    ):
        read(fasta, max_residues=1)
