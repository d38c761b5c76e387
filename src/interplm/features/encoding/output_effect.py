"""What a feature does to the PLM's predictions: its part of the layer's output taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from interplm.plms import MaskedLanguageModel
from interplm.proteins.alphabet import STANDARD
from interplm.sae import SparseAutoencoder


@dataclass(frozen=True, slots=True)
class OutputEffect:
    """Mean effect of one feature on the twenty amino acids.

    Attributes:
        log_odds: float64 [20] in nats, in the order of STANDARD: log-probability with the feature
            less that without it.
        n_residues: over which it is the mean.
    """

    log_odds: np.ndarray
    n_residues: int


def output_effect(
    plm: MaskedLanguageModel,
    sae: SparseAutoencoder,
    *,
    layer: int,
    feature: int,
    places: Sequence[tuple[str, int]],
) -> OutputEffect:
    """Log-probabilities of amino acids with a feature less those without it.

    The feature's part of the reconstruction, decode(f) - decode(f with the feature at 0), is taken
    out of the layer's output at every residue; what the SAE does not explain stays as it is. The
    layers above it then run on. Probabilities are among the twenty amino acids alone.

    Args:
        plm: predicts residues.
        sae: of the layer.
        layer: that the SAE reads.
        feature: its number.
        places: sequences that fit the PLM's context, each with the 0-based residue that counts.
    """
    (letters,) = _residue_tokens(plm, STANDARD)
    total = np.zeros(len(STANDARD))
    with torch.inference_mode():
        for sequence, residue in places:
            tokens = plm.tokens.tokenize([sequence]).to(plm.device)
            mask = plm.tokens.residue_mask(tokens)
            hidden = plm.hidden_states(tokens, [layer])[layer]
            without = hidden.clone()
            without[mask] -= _part_of(sae, feature, hidden[mask])
            chosen = torch.zeros_like(mask)
            chosen[0, mask[0].nonzero()[residue, 0]] = True
            logs = [
                plm.logits_at(states, tokens, layer, chosen)[0, letters].double().log_softmax(-1)
                for states in (hidden, without)
            ]
            total += (logs[0] - logs[1]).cpu().numpy()
    return OutputEffect(total / max(1, len(places)), len(places))


def _part_of(sae: SparseAutoencoder, feature: int, states: torch.Tensor) -> torch.Tensor:
    """What the feature adds to the reconstruction of each residue, [n_residues, d_in]."""
    x = states.float()
    features = sae.encode(x)
    others = features.clone()
    others[:, feature] = 0
    return (sae.decode(features, x) - sae.decode(others, x)).to(states)


def _residue_tokens(plm: MaskedLanguageModel, sequence: str) -> list[torch.Tensor]:
    tokens = plm.tokens.tokenize([sequence])
    return [tokens[plm.tokens.residue_mask(tokens)]]
