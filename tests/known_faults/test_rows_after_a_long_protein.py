"""Original InterPLM: a protein beyond the context was cut, and all rows after it were misplaced."""

import numpy as np
import pytest
import torch
from tests.activations.stores import write_store
from tests.activations.test_extraction import RECORDS, extract
from tests.evaluation.plms import plm
from tests.features.concept_cases import table

from interplm.activations import ActivationStore
from interplm.errors import FingerprintMismatch
from interplm.features.encoding.located import locate

LONG = 2  # of RECORDS, 75 residues


@pytest.fixture
def stored(tmp_path):
    """The PLM, reading 62 residues, and the stored rows of each protein at the last layer."""
    model = plm()
    model.max_residues = 62
    extract(model, tmp_path, layers=(3,), long_proteins="window")
    return model, [rows for _, rows in ActivationStore(tmp_path / "3").proteins()]


def states(model, sequence):
    """Of the residues of a sequence alone, without the first token and the last."""
    with torch.inference_mode():
        return model.hidden_states(model.tokens.tokenize([sequence]), [3])[3][0, 1:-1].numpy()


def test_the_proteins_before_and_after_it_keep_their_own_rows(stored):
    model, rows = stored
    for index, record in enumerate(RECORDS):
        assert len(rows[index]) == len(record.sequence)
        if index != LONG:
            np.testing.assert_allclose(rows[index], states(model, record.sequence), atol=1e-5)


def test_its_own_last_row_is_its_last_residue_and_not_the_end_token(stored):
    model, rows = stored
    last_window = RECORDS[LONG].sequence[-62:]
    np.testing.assert_allclose(rows[LONG][-1], states(model, last_window)[-1], atol=1e-5)


def test_annotations_of_a_protein_that_is_stored_shorter_are_refused(tmp_path):
    write_store(tmp_path, [[5, 1022, 7]])
    with pytest.raises(FingerprintMismatch, match=r"P1 has 1022 residues in .* and 1500 in"):
        locate(ActivationStore(tmp_path).shards, table([5, 1500, 7], [(1, 0, 1400, 1500)]))
