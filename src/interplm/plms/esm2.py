"""ESM-2, loaded by fair-esm and run with a forward pass of our own."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from interplm.files.checksum import sha256_of
from interplm.plms.controls import Control, controlled
from interplm.plms.esm2_checkpoint import read_checkpoint
from interplm.plms.esm2_layer import rotation_of, transformer_layer, transformer_layer_at
from interplm.plms.fair_esm import Alphabet, FairESM2
from interplm.plms.masked import MaskedLanguageModel
from interplm.plms.tokens import ResidueTokens
from interplm.plms.weights import Architecture, locate_esm2_weights, published_architecture
from interplm.proteins.alphabet import STANDARD

# The published models were trained on crops of 1024 tokens, begin and end included (Lin et al.
# 2023, doi:10.1126/science.ade2574).
_CONTEXT_RESIDUES = 1022
# Share of <mask> tokens in training: 15 % of the residues chosen, 80 % of those masked.
_TRAINED_MASK_RATIO = 0.15 * 0.8


class ESM2(MaskedLanguageModel):
    """ESM-2 (Lin et al. 2023): x_l = x_{l-1} + Attention(LN(x)) + FFN(LN(x)), rotary positions.

    The weights are fair-esm's modules; the forward pass computes the same function with fused
    attention, one product for queries, keys and values, and stops at the deepest layer asked for.

    Args:
        network: with its weights.
        name: see ResidueEncoder.
        weights_sha256: see ResidueEncoder.
        tokens: those of fair-esm unless others are given.
    """

    def __init__(
        self,
        *,
        network: FairESM2,
        name: str,
        weights_sha256: str,
        tokens: ResidueTokens | None = None,
    ) -> None:
        super().__init__(tokens=tokens or _residue_tokens(network.alphabet))
        self.network = network
        self.name = name
        self.weights_sha256 = weights_sha256
        self.n_layers = network.num_layers
        self.d_model = network.embed_dim
        self.max_residues = _CONTEXT_RESIDUES

    def hidden_states(self, tokens: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See the base class; equal to fair-esm's representations to float32 rounding."""
        self.check_layers(layers)
        hidden = self._embed(tokens)
        states = {0: hidden} if 0 in layers else {}
        attends = self._attention_mask(tokens)
        rotation = rotation_of(self.network, tokens.shape[1], hidden)
        for layer in range(1, max(layers) + 1):
            hidden = transformer_layer(self.network.layers[layer - 1], hidden, attends, rotation)
            if layer in layers:
                states[layer] = self._read(hidden, layer)
        return states

    def logits_from(self, hidden: Tensor, tokens: Tensor, layer: int) -> Tensor:
        """See the base class; at the last layer `hidden` is taken as after the final norm."""
        self.check_layers([layer])
        hidden = hidden.to(self.dtype)
        hidden = self._continue(hidden, tokens, range(layer + 1, self.n_layers + 1))
        logits: Tensor = self.network.lm_head(hidden)
        return logits

    def logits_at(self, hidden: Tensor, tokens: Tensor, layer: int, chosen: Tensor) -> Tensor:
        """See the base class; the last layer computes only the chosen positions."""
        self.check_layers([layer])
        hidden = hidden.to(self.dtype)
        if layer == self.n_layers:
            states = hidden[chosen]
        else:
            hidden = self._continue(hidden, tokens, range(layer + 1, self.n_layers))
            states = self._last_layer_at(hidden, tokens, chosen)
        logits: Tensor = self.network.lm_head(states)
        return logits

    def _continue(self, hidden: Tensor, tokens: Tensor, layers: range) -> Tensor:
        attends = self._attention_mask(tokens)
        rotation = rotation_of(self.network, tokens.shape[1], hidden)
        for index in layers:
            hidden = transformer_layer(self.network.layers[index - 1], hidden, attends, rotation)
            hidden = self._read(hidden, index)
        return hidden

    def _last_layer_at(self, hidden: Tensor, tokens: Tensor, chosen: Tensor) -> Tensor:
        """States after the last layer and final norm, [n_chosen, d_model], in order of `chosen`."""
        n_wanted = int(chosen.sum(dim=1).max())
        # The chosen positions of each sequence first, and others to fill the rectangle.
        at = chosen.int().argsort(dim=1, descending=True, stable=True)[:, :n_wanted]
        states = transformer_layer_at(
            self.network.layers[-1],
            hidden,
            at,
            self._attention_mask(tokens),
            rotation_of(self.network, tokens.shape[1], hidden),
        )
        return self._read(states[chosen.gather(1, at)], self.n_layers)

    def _read(self, hidden: Tensor, layer: int) -> Tensor:
        """fair-esm reports the last layer after the final layer norm, the others before it."""
        if layer < self.n_layers:
            return hidden
        normed: Tensor = self.network.emb_layer_norm_after(hidden)
        return normed

    def _embed(self, tokens: Tensor) -> Tensor:
        """Embeddings with <mask> and <pad> at zero, scaled as if masked at the trained ratio."""
        network = self.network
        hidden: Tensor = network.embed_tokens(tokens)
        is_token = tokens != network.padding_idx
        if network.token_dropout:
            is_masked = tokens == network.mask_idx
            masked_ratio = is_masked.sum(-1).to(hidden.dtype) / is_token.sum(-1)
            scale = (1 - _TRAINED_MASK_RATIO) / (1 - masked_ratio)
            hidden = hidden.masked_fill(is_masked[..., None], 0) * scale[:, None, None]
        return hidden * is_token[..., None]

    def _attention_mask(self, tokens: Tensor) -> Tensor | None:
        """Which keys may be attended to, or None (the faster kernel) where nothing is padded."""
        is_token = tokens != self.network.padding_idx
        return None if bool(is_token.all()) else is_token[:, None, None, :]


def load_esm2(
    *,
    name: str,
    model: str,
    weights: str | Path | None,
    base_url: str | None,
    hub_folder: str | Path | None,
    control: Control | None,
    seed: int,
) -> ESM2:
    """Load a published ESM-2, or a checkpoint in the same format.

    Args:
        name: what the model is called in folders and fingerprints.
        model: published name such as `esm2_t6_8M_UR50D`; any name beginning with `esm2` where
            `weights` is given.
        weights: local checkpoint; None takes the torch hub cache, or downloads into it.
        base_url: where the published checkpoints are, without the file name.
        hub_folder: replaces the torch hub folder.
        control: None, "untrained" (fresh weights; no checkpoint is read for a published name) or
            "shuffled" (each parameter tensor permuted).
        seed: of the control.

    Raises:
        UserError: for an unknown name, a missing, broken or foreign file.
    """
    path = Path(weights) if weights is not None else None

    def read() -> tuple[FairESM2, str]:
        found = locate_esm2_weights(
            model,
            weights=path,
            base_url=base_url,
            hub_folder=Path(hub_folder) if hub_folder is not None else None,
        )
        return read_checkpoint(found), sha256_of(found)

    def untrained() -> FairESM2:
        sizes = published_architecture(model) if path is None else _sizes(read_checkpoint(path))
        return FairESM2(sizes.n_layers, sizes.d_model, sizes.n_heads)

    network, identity = controlled(control, seed=seed, read=read, untrained=untrained)
    plm = ESM2(network=network, name=name, weights_sha256=identity)
    return plm.eval().requires_grad_(False)


def _sizes(network: FairESM2) -> Architecture:
    return Architecture(
        n_layers=network.num_layers, d_model=network.embed_dim, n_heads=network.attention_heads
    )


def _residue_tokens(alphabet: Alphabet) -> ResidueTokens:
    """<cls> residues <eos>; J, which is leucine or isoleucine, has no token and is read as X."""
    letters = {letter: alphabet.get_idx(letter) for letter in STANDARD + "BUZOX"}
    return ResidueTokens(
        letters=letters | {"J": letters["X"]},
        before=(alphabet.cls_idx,),
        after=(alphabet.eos_idx,),
        padding=alphabet.padding_idx,
        mask=alphabet.mask_idx,
    )
