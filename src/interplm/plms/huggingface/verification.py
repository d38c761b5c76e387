"""Checks on a probe sequence, when a model is loaded, that its states are what we take them for."""

import torch
from torch import Tensor

from interplm.errors import UserError
from interplm.plms.huggingface.encoder import HuggingFaceEncoder, HuggingFaceMaskedLM
from interplm.plms.huggingface.tokenizer import PROBE

# Of the largest state; rounding stays far below, another row or layer far above.
_TOLERANCE = {torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 5e-2}
# Long enough to find a context that is shorter than stated, short enough for any memory.
_MOST_TRIED = 4096


@torch.inference_mode()
def verify(plm: HuggingFaceEncoder) -> None:
    """Check layers, rows, padding and the length of the context.

    Raises:
        UserError: naming what does not hold.
    """
    tokens = plm.tokens.tokenize([PROBE, PROBE[:9]]).to(plm.device)
    _check_layers(plm, tokens)
    _check_rows(plm)
    _check_padding(plm, tokens)
    _check_context(plm)


@torch.inference_mode()
def can_be_continued(plm: HuggingFaceEncoder) -> bool:
    """Whether logits computed from the states in the middle are those of the whole network."""
    assert isinstance(plm, HuggingFaceMaskedLM)
    tokens = plm.tokens.tokenize([PROBE, PROBE[:9]]).to(plm.device)
    residues = plm.tokens.residue_mask(tokens)
    expected = plm.network(**plm.inputs(tokens)).logits[residues]
    middle = plm.n_layers // 2
    for layer, hidden in plm.hidden_states(tokens, [0, middle, plm.n_layers]).items():
        if not _agree(plm.logits_at(hidden, tokens, layer, residues), expected):
            return False
    return True


def _check_layers(plm: HuggingFaceEncoder, tokens: Tensor) -> None:
    expected = plm.base(**plm.inputs(tokens), output_hidden_states=True).hidden_states
    layers = range(plm.n_layers + 1)
    found = plm.hidden_states(tokens, layers)
    mask = plm.tokens.residue_mask(tokens)
    if len(expected) != len(layers) or found[0].shape != (*tokens.shape, plm.d_model):
        raise UserError(
            f"{plm.name} gives {len(expected)} hidden states of shape {tuple(found[0].shape)}, not "
            f"{len(layers)} of {(*tokens.shape, plm.d_model)}: this architecture is not supported."
        )
    wrong = [layer for layer in layers if not _agree(found[layer][mask], expected[layer][mask])]
    if wrong:
        raise UserError(
            f"The states read at layers {wrong} of {plm.name} are not its hidden states: this "
            "architecture is not supported."
        )


def _check_rows(plm: HuggingFaceEncoder) -> None:
    """Another letter at one place must change the embedding of that residue and of no other."""
    for place in (0, len(PROBE) // 2, len(PROBE) - 1):
        other = PROBE[:place] + ("A" if PROBE[place] != "A" else "G") + PROBE[place + 1 :]
        before, after = plm.activations([PROBE, other], [0])[0]
        changed = (before != after).any(dim=-1).nonzero()[:, 0].tolist()
        if changed != [place]:
            raise UserError(
                f"In {plm.name} another letter at residue {place + 1} changes the embedding of "
                f"{[row + 1 for row in changed]}: its rows are not its residues."
            )


def _check_padding(plm: HuggingFaceEncoder, tokens: Tensor) -> None:
    padded = plm.residue_states([PROBE, PROBE[:9]], [plm.n_layers])[plm.n_layers][1]
    alone = plm.residue_states([PROBE[:9]], [plm.n_layers])[plm.n_layers][0]
    if not _agree(padded, alone):
        raise UserError(
            f"In {plm.name} a sequence has other states in a batch with a longer one than alone: "
            "this architecture is not supported."
        )


def _check_context(plm: HuggingFaceEncoder) -> None:
    n_residues = min(plm.max_residues, _MOST_TRIED)
    try:
        plm.residue_states(["M" * n_residues], [0])
    except (IndexError, RuntimeError) as error:
        raise UserError(
            f"{plm.name} does not read {n_residues} residues at once "
            f"({str(error).splitlines()[0]}): set plm.max_residues to the length of its context."
        ) from error


def _agree(found: Tensor, expected: Tensor) -> bool:
    largest = expected.float().abs().max()
    difference = (found.float() - expected.float()).abs().max()
    return bool(difference <= _TOLERANCE[expected.dtype] * largest)
