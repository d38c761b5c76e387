"""What embedding asks of a protein language model."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from interplm.errors import UserError
from interplm.proteins.alphabet import RESIDUES

# How layers are counted, for fingerprints: hidden_states of Hugging Face, repr_layers of fair-esm.
LAYER_CONVENTION = "hidden_states"


class ResidueEncoder(nn.Module, ABC):
    """A model that gives every residue a state at every layer; all that embedding needs.

    Layers are counted as in fair-esm's `repr_layers` and Hugging Face's `hidden_states`: 0 is the
    embedding and `n_layers` the last one, which is read after the final norm.

    A model of your own sets the attributes and writes `residue_states`.

    Attributes:
        name: published name, with the control where one was applied.
        weights_sha256: identity of the weights, 64 hexadecimal digits.
        tokenizer_sha256: identity of how letters are read; empty where nothing but the model's
            code decides it.
        n_layers: number of transformer layers.
        d_model: width of a state.
        max_residues: longest sequence that is read in one piece; the model's context.
        alphabet: letters that the model knows.
    """

    name: str
    weights_sha256: str
    tokenizer_sha256: str = ""
    n_layers: int
    d_model: int
    max_residues: int
    alphabet: frozenset[str] = frozenset(RESIDUES)

    @abstractmethod
    def residue_states(
        self, sequences: Sequence[str], layers: Sequence[int]
    ) -> dict[int, list[Tensor]]:
        """States of one batch in one forward pass, nothing above the deepest layer computed.

        Args:
            sequences: upper-case letters of `alphabet`, none longer than `max_residues`.
            layers: any of 0..n_layers.

        Returns:
            For each layer one tensor [n_residues, d_model] a sequence, in the order given; row i
            is residue i.
        """

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return next(self.parameters()).dtype

    def activations(
        self, sequences: Sequence[str], layers: Sequence[int]
    ) -> dict[int, list[Tensor]]:
        """Residue activations of one padded batch.

        Args:
            sequences: residues in one-letter code, none longer than `max_residues`; lower case and
                white space are mended.
            layers: any of 0..n_layers.

        Returns:
            For each layer one tensor [n_residues, d_model] a sequence, in the order given.

        Raises:
            UserError: for a layer that the model lacks, no sequence or an empty one, one longer
                than its context, or a letter that it does not know.
        """
        self.check_layers(layers)
        clean = ["".join(sequence.split()).upper() for sequence in sequences]
        self._check_sequences(clean)
        return self.residue_states(clean, layers)

    def check_layers(self, layers: Sequence[int]) -> None:
        """Raise UserError unless every layer exists."""
        wrong = [layer for layer in layers if not 0 <= layer <= self.n_layers]
        if wrong or not layers:
            raise UserError(
                f"{self.name} has layers 0 (embedding) to {self.n_layers}; "
                f"{wrong or 'no layer at all'} was asked for: correct layers=[...]."
            )

    def check_width(self, d_model: int | None) -> None:
        """Raise UserError if a config states another width than the model has."""
        if d_model is not None and d_model != self.d_model:
            raise UserError(
                f"plm.d_model={d_model}, but the states of {self.name} have width {self.d_model}: "
                f"correct it, plm.d_model={self.d_model}."
            )

    def _check_sequences(self, sequences: Sequence[str]) -> None:
        empty = [place for place, sequence in enumerate(sequences, start=1) if not sequence]
        if empty or not sequences:
            which = f"Sequence {empty[0]} of {len(sequences)} is empty" if empty else "No sequences"
            raise UserError(f"{which}: {self.name} reads at least one residue.")
        longest = max(map(len, sequences))
        if longest > self.max_residues:
            raise UserError(
                f"A sequence has {longest} residues but {self.name} reads {self.max_residues}: "
                "cut it into windows (embedding.long_proteins=window) or filter by length."
            )
        unknown = set().union(*sequences) - self.alphabet
        if unknown:
            raise UserError(
                f"{self.name} has no token for {', '.join(sorted(unknown))}: leave such sequences "
                "out (embedding.unknown_residues=leave_out) or read around such letters (window)."
            )
