"""What every protein language model offers to the rest of the package."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from interplm.errors import UserError


class ProteinLanguageModel(nn.Module, ABC):
    """A transformer over residues whose hidden states can be read, and replaced, at any layer.

    Layers are counted as in fair-esm's `repr_layers`: 0 is the embedding and `n_layers` the last
    one, which is read after the final layer norm.

    Attributes:
        name: published name, with the control where one was applied.
        weights_sha256: identity of the weights, 64 hexadecimal digits.
        n_layers: number of transformer layers.
        d_model: width of a hidden state.
        max_residues: longest sequence seen in training; the model's context.
    """

    name: str
    weights_sha256: str
    n_layers: int
    d_model: int
    max_residues: int

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.parameters()).device

    @abstractmethod
    def tokenize(self, sequences: Sequence[str]) -> Tensor:
        """Token ids of a padded batch, int64 [n_sequences, n_positions], on the CPU."""

    @abstractmethod
    def residue_mask(self, tokens: Tensor) -> Tensor:
        """True where a position holds a residue, bool [n_sequences, n_positions].

        False for begin, end and padding. Residues of a sequence lie next to one another and in
        order, so row i of the masked states is residue i.
        """

    @abstractmethod
    def hidden_states(self, tokens: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """Hidden states at `layers` in one forward pass that stops at the deepest of them.

        Args:
            tokens: int64 [n_sequences, n_positions], on the model's device.
            layers: any of 0..n_layers.

        Returns:
            For each layer a tensor [n_sequences, n_positions, d_model].
        """

    @abstractmethod
    def logits_from(self, hidden: Tensor, tokens: Tensor, layer: int) -> Tensor:
        """Continue from the hidden states of `layer` to the logits.

        `logits_from(hidden_states(tokens, [l])[l], tokens, l)` equals the whole forward pass for
        every l, so what a layer says can be replaced without running the layers below again.

        Returns:
            [n_sequences, n_positions, n_tokens].
        """

    @abstractmethod
    def mask(self, tokens: Tensor, chosen: Tensor) -> Tensor:
        """A copy of `tokens` with the mask token at the positions in `chosen`, bool, same shape."""

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

    def activations(
        self, sequences: Sequence[str], layers: Sequence[int]
    ) -> dict[int, list[Tensor]]:
        """Residue activations of one padded batch.

        Args:
            sequences: residues in one-letter code, none longer than `max_residues`.
            layers: any of 0..n_layers.

        Returns:
            For each layer one tensor [n_residues, d_model] a sequence, in the order given.

        Raises:
            UserError: for a layer that the model lacks or a sequence longer than its context.
        """
        self.check_layers(layers)
        longest = max(map(len, sequences))
        if longest > self.max_residues:
            raise UserError(
                f"A sequence has {longest} residues but {self.name} reads {self.max_residues}: "
                "cut it into windows (embedding.long_proteins=window) or filter by length."
            )
        tokens = self.tokenize(sequences).to(self.device)
        mask = self.residue_mask(tokens)
        lengths = [len(sequence) for sequence in sequences]
        states = self.hidden_states(tokens, layers)
        return {layer: list(state[mask].split(lengths)) for layer, state in states.items()}

    def check_layers(self, layers: Sequence[int]) -> None:
        """Raise UserError unless every layer exists."""
        wrong = [layer for layer in layers if not 0 <= layer <= self.n_layers]
        if wrong or not layers:
            raise UserError(
                f"{self.name} has layers 0 (embedding) to {self.n_layers}; "
                f"{wrong or 'no layer at all'} was asked for: correct layers=[...]."
            )
