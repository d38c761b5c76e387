import pytest
import torch

from interplm.errors import UserError
from interplm.plms.tokens import ResidueTokens


def tokens(**changes):
    values = {
        "letters": {"A": 5, "C": 6, "X": 7, "J": 7}, "before": (2, 3), "after": (4,),
        "padding": 0, "mask": 1,
    }  # fmt: skip
    return ResidueTokens(**values | changes)


def test_a_batch_is_special_tokens_residues_and_padding():
    assert tokens().tokenize(["ACJ", "C"]).tolist() == [[2, 3, 5, 6, 7, 4], [2, 3, 6, 4, 0, 0]]


def test_residues_and_masks_are_told_from_the_rest():
    made = tokens()
    ids = torch.tensor([[2, 3, 5, 1, 7, 4], [2, 3, 6, 4, 0, 0]])
    expected = [[False, False, True, True, True, False], [False, False, True, *3 * [False]]]
    assert made.residue_mask(ids).tolist() == expected
    assert made.is_token(ids).tolist() == [[True] * 6, [True] * 4 + [False] * 2]


@pytest.mark.parametrize("sequence", ["AB", "aC", "A\u00c4"])
def test_a_letter_without_a_token_is_refused(sequence):
    with pytest.raises(UserError, match="There is no token for"):
        tokens().tokenize([sequence])


def test_a_residue_whose_token_is_special_is_refused():
    with pytest.raises(UserError, match="The tokens of A are special tokens as well"):
        tokens(after=(5,))


def test_the_identity_is_what_the_model_reads_and_nothing_else():
    assert tokens().sha256 == tokens(padding=9).sha256
    reordered = dict(reversed(tokens().letters.items()))
    assert tokens().sha256 == tokens(letters=reordered).sha256
    others = [tokens(after=()), tokens(mask=None), tokens(letters={"A": 6, "C": 5})]
    assert len({made.sha256 for made in [tokens(), *others]}) == 4
