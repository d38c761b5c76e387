import pytest
import torch
from tests.evaluation.plms import RAGGED, plm, settings

from interplm.errors import UserError
from interplm.evaluation.cache import cache_batch, cache_gib
from interplm.evaluation.masking import masked_positions, predictable
from interplm.proteins.alphabet import STANDARD


@pytest.fixture(scope="module")
def model():
    return plm()


def test_plain_input_scores_every_residue_that_can_be_predicted(model):
    batch = cache_batch(model, 1, RAGGED, masked=False, settings=settings())
    assert batch.scored.sum(dim=1).tolist() == [len(predictable(s)) for s in RAGGED]
    standard = {model.tokens.letters[letter] for letter in STANDARD}
    assert set(batch.targets.tolist()) == standard
    assert torch.equal(batch.tokens, model.tokens.tokenize(RAGGED))


def test_masked_input_hides_and_scores_the_chosen_residues_alone(model):
    batch = cache_batch(model, 1, RAGGED, masked=True, settings=settings())
    plain = model.tokens.tokenize(RAGGED)
    for row, sequence in enumerate(RAGGED):
        expected = masked_positions(sequence, fraction=0.15, seed=0)
        # <cls> comes before the residues.
        assert (batch.tokens[row] == model.network.mask_idx).nonzero()[:, 0].tolist() == [
            position + 1 for position in expected
        ]
    assert torch.equal(batch.targets, plain[batch.scored])
    assert batch.sequence_of.bincount().min() >= 1


def test_only_states_of_residues_are_replaced(model):
    batch = cache_batch(model, 2, RAGGED, masked=False, settings=settings())
    before = batch.hidden.clone()
    replaced = batch.replaced(torch.full((model.d_model,), 7.0))
    assert (replaced[batch.is_residue] == 7).all()
    assert torch.equal(replaced[~batch.is_residue], before[~batch.is_residue])
    assert torch.equal(batch.hidden, before)


def test_half_precision_keeps_half_the_bytes_and_computes_in_single(model):
    batch = cache_batch(model, 2, RAGGED, masked=False, settings=settings(cache_dtype="float16"))
    assert batch.hidden.dtype is torch.float16
    assert batch.residues().dtype is batch.replaced(batch.residues()).dtype is torch.float32


def test_the_memory_is_that_of_both_inputs_hidden_states():
    batches = [["MKV", "MK"], ["M"]]
    n_positions = 2 * (3 + 2) + (1 + 2)
    found = cache_gib(batches, d_model=10, n_special=2, settings=settings())
    assert found * 2**30 == 2 * n_positions * 10 * 4


def test_more_memory_than_allowed_is_refused_with_three_ways_out():
    with pytest.raises(
        UserError,
        match=r"needs 1.9 GiB .* more than fidelity.max_cache_gib=1.0: raise it, lower "
        r"fidelity.n_sequences, or halve the need with fidelity.cache_dtype=float16",
    ):
        cache_gib([["M" * 998] * 200], d_model=1280, n_special=2, settings=settings())
