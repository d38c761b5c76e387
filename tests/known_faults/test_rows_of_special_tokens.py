"""InterProt: SAEs were trained and measured on begin, end and padding as if they were residues."""

import numpy as np
import torch
from tests.activations.test_extraction import RECORDS, extract
from tests.evaluation.plms import plm, settings

from interplm.activations import ActivationStore
from interplm.evaluation.cache import cache_batch
from interplm.evaluation.masking import predictable

SEQUENCES = [record.sequence for record in RECORDS]


def test_a_store_holds_the_states_of_residues_and_no_others(tmp_path):
    model = plm()
    extract(model, tmp_path, layers=(2,), residues_per_batch=1000)
    store = ActivationStore(tmp_path / "2")
    assert store.statistics.n_residues == sum(map(len, SEQUENCES))
    for sequence, (_, rows) in zip(SEQUENCES, store.proteins(), strict=True):
        with torch.inference_mode():
            states = model.hidden_states(model.tokens.tokenize([sequence]), [2])[2][0]
        np.testing.assert_allclose(rows, states[1:-1].numpy(), atol=1e-5)


def test_fidelity_scores_residues_and_replaces_the_states_of_residues_alone():
    model = plm()
    batch = cache_batch(model, 2, SEQUENCES, masked=False, settings=settings())
    assert batch.scored.sum(dim=1).tolist() == [len(predictable(s)) for s in SEQUENCES]
    assert not (batch.scored & ~batch.is_residue).any()
    changed = (batch.replaced(torch.zeros(40)) != batch.hidden).any(dim=-1)
    for row, sequence in zip(changed, SEQUENCES, strict=True):
        assert row.nonzero()[:, 0].tolist() == list(range(1, len(sequence) + 1))
