"""Any network of transformers that reads one token a residue."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from interplm.plms.huggingface.blocks import (
    count_outputs,
    entered_at,
    layer_blocks,
    read_states,
    replaced_forward,
)
from interplm.plms.masked import MaskedLanguageModel, TokenEncoder
from interplm.plms.tokens import ResidueTokens


class HuggingFaceEncoder(TokenEncoder):
    """States of a network of transformers, equal to its own `hidden_states`.

    Args:
        network: with its head or without.
        tokens: how sequences become tokens.
        name: see ResidueEncoder.
        weights_sha256: see ResidueEncoder.
        max_residues: see ResidueEncoder.
    """

    def __init__(
        self,
        *,
        network: Any,  # Any: transformers is an extra, so its classes cannot stand here
        tokens: ResidueTokens,
        name: str,
        weights_sha256: str,
        max_residues: int,
    ) -> None:
        super().__init__(tokens=tokens)
        self.network = network
        self.name = name
        self.weights_sha256 = weights_sha256
        self.max_residues = max_residues
        self.n_layers = network.config.num_hidden_layers
        self.d_model = network.config.hidden_size

    @property
    def base(self) -> nn.Module:
        """The network without its head."""
        base: nn.Module = self.network.base_model
        return base

    @property
    def blocks(self) -> nn.ModuleList:
        """Its layers."""
        return layer_blocks(self.base, self.n_layers)

    def hidden_states(self, tokens: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See the base class."""
        self.check_layers(layers)
        return read_states(self.base, self.blocks, layers, self.inputs(tokens))

    def inputs(self, tokens: Tensor) -> dict[str, Tensor]:
        """Arguments of the network: padding is not attended to."""
        return {"input_ids": tokens, "attention_mask": self.tokens.is_token(tokens).long()}


class _Given:
    """An output of a network without its head that holds the last states alone."""

    def __init__(self, hidden: Tensor, *_: Any, **__: Any) -> None:
        self.last_hidden_state = hidden

    def __getitem__(self, index: int) -> Tensor:
        return (self.last_hidden_state,)[index]

    def __getattr__(self, name: str) -> None:
        """Nothing else was computed."""


class HuggingFaceMaskedLM(HuggingFaceEncoder, MaskedLanguageModel):
    """A network with the head of a masked language model, entered at any layer."""

    @torch.inference_mode()
    def __init__(self, **arguments: Any) -> None:  # Any: those of the base class
        super().__init__(**arguments)
        tokens = self.tokens.tokenize(["M"]).to(self.device)
        self._n_outputs = count_outputs(self.base, self.blocks, self.inputs(tokens))

    def logits_from(self, hidden: Tensor, tokens: Tensor, layer: int) -> Tensor:
        """See the base class; at the last layer `hidden` is taken as after the final norm."""
        return self._head(self._continued(hidden, tokens, layer))

    def logits_at(self, hidden: Tensor, tokens: Tensor, layer: int, chosen: Tensor) -> Tensor:
        """See the base class; the head computes only the chosen positions."""
        return self._head(self._continued(hidden, tokens, layer)[chosen][None])[0]

    def _continued(self, hidden: Tensor, tokens: Tensor, layer: int) -> Tensor:
        """States at the last layer, [n_sequences, n_positions, d_model]."""
        self.check_layers([layer])
        hidden = hidden.to(self.dtype)
        if layer == self.n_layers:
            return hidden
        with entered_at(self.blocks, layer, hidden, n_outputs=self._n_outputs):
            states = read_states(self.base, self.blocks, [self.n_layers], self.inputs(tokens))
        return states[self.n_layers]

    def _head(self, hidden: Tensor) -> Tensor:
        """Logits from states at the last layer, whatever the network calls its head."""
        tokens = torch.zeros(hidden.shape[:2], dtype=torch.int64, device=hidden.device)
        with replaced_forward(self.base, partial(_Given, hidden)):
            logits: Tensor = self.network(input_ids=tokens).logits
        return logits
