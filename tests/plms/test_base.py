import pytest
import torch
from tests.plms.toy import ToyPLM

from interplm.errors import UserError
from interplm.plms import MaskedLanguageModel, ResidueEncoder, masked_language_model


def test_embedding_asks_one_method_of_a_model():
    assert ResidueEncoder.__abstractmethods__ == {"residue_states"}


def test_fidelity_asks_two_more():
    assert MaskedLanguageModel.__abstractmethods__ == {"hidden_states", "logits_from"}


def test_lower_case_and_white_space_are_mended():
    rows = [ToyPLM().activations([sequence], [1])[1][0] for sequence in ("MKTA", "mk ta\n")]
    assert torch.equal(*rows)


@pytest.mark.parametrize(
    ("sequence", "said"),
    [
        ("A" * 51, "has 51 residues but toy reads 50"),
        ("MXKU", r"toy has no token for U, X: .*unknown_residues=leave_out"),
    ],
)
def test_a_sequence_that_cannot_be_read_is_refused(sequence, said):
    with pytest.raises(UserError, match=said):
        ToyPLM().activations(["MK", sequence], [1])


def test_a_width_stated_otherwise_is_refused():
    ToyPLM().check_width(None)
    ToyPLM().check_width(6)
    with pytest.raises(UserError, match=r"plm.d_model=7, but the states of toy have width 6"):
        ToyPLM().check_width(7)


def test_a_model_without_a_head_is_no_masked_language_model():
    with pytest.raises(UserError, match=r"toy has no masked-language-model head, so reconstruct"):
        masked_language_model(ToyPLM())
