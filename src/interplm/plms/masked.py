"""What fidelity asks of a protein language model beyond its states: tokens, masks and logits."""

from abc import abstractmethod
from collections.abc import Sequence

from torch import Tensor

from interplm.errors import UserError
from interplm.plms.base import ResidueEncoder
from interplm.plms.tokens import ResidueTokens


class TokenEncoder(ResidueEncoder):
    """An encoder that reads one token a residue.

    Args:
        tokens: how sequences become tokens.
    """

    def __init__(self, *, tokens: ResidueTokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.tokenizer_sha256 = tokens.sha256
        self.alphabet = tokens.alphabet

    @abstractmethod
    def hidden_states(self, tokens: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """Hidden states at `layers` in one forward pass that stops at the deepest of them.

        Args:
            tokens: int64 [n_sequences, n_positions], on the model's device.
            layers: any of 0..n_layers.

        Returns:
            For each layer a tensor [n_sequences, n_positions, d_model].
        """

    def residue_states(
        self, sequences: Sequence[str], layers: Sequence[int]
    ) -> dict[int, list[Tensor]]:
        """See the base class."""
        tokens = self.tokens.tokenize(sequences).to(self.device)
        mask = self.tokens.residue_mask(tokens)
        lengths = [len(sequence) for sequence in sequences]
        states = self.hidden_states(tokens, layers)
        return {layer: list(state[mask].split(lengths)) for layer, state in states.items()}


class MaskedLanguageModel(TokenEncoder):
    """A PLM whose hidden states can be replaced at any layer, and that predicts hidden residues."""

    @abstractmethod
    def logits_from(self, hidden: Tensor, tokens: Tensor, layer: int) -> Tensor:
        """Continue from the hidden states of `layer` to the logits.

        `logits_from(hidden_states(tokens, [l])[l], tokens, l)` equals the whole forward pass for
        every l, so what a layer says can be replaced without running the layers below again.

        Returns:
            [n_sequences, n_positions, n_tokens].
        """

    def logits_at(self, hidden: Tensor, tokens: Tensor, layer: int, chosen: Tensor) -> Tensor:
        """Rows `chosen` of `logits_from`; a family may compute less than all of them.

        Args:
            hidden: [n_sequences, n_positions, d_model].
            tokens: int64 [n_sequences, n_positions].
            layer: of `hidden`.
            chosen: bool [n_sequences, n_positions], at least one position.

        Returns:
            [n_chosen, n_tokens], sequence by sequence.
        """
        return self.logits_from(hidden, tokens, layer)[chosen]

    def mask(self, tokens: Tensor, chosen: Tensor) -> Tensor:
        """A copy of `tokens` with the mask token at the positions in `chosen`, bool, same shape.

        The mask token alone, not the random residues of the usual training recipe.
        """
        assert self.tokens.mask is not None  # a masked language model has one
        return tokens.masked_fill(chosen, self.tokens.mask)


def masked_language_model(plm: ResidueEncoder) -> MaskedLanguageModel:
    """The same model.

    Raises:
        UserError: where it predicts nothing.
    """
    if not isinstance(plm, MaskedLanguageModel):
        raise UserError(
            f"{plm.name} has no masked-language-model head, so reconstruction fidelity cannot be "
            "measured on it: leave callbacks=fidelity out."
        )
    return plm
