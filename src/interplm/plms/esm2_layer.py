"""One transformer layer of ESM-2, for all positions or only for those that are asked for."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from interplm.plms.fair_esm import FairESM2, MultiheadAttention, TransformerLayer

Rotation = tuple[Tensor, Tensor]


def rotation_of(network: FairESM2, n_positions: int, like: Tensor) -> Rotation:
    """Cosine and sine of the rotary angles, [n_positions, 1, d_head] each."""
    inverse_frequency = network.layers[0].self_attn.rot_emb.inv_freq.to(like.device)
    positions = torch.arange(n_positions, device=like.device, dtype=inverse_frequency.dtype)
    angles = torch.outer(positions, inverse_frequency).repeat(1, 2)[:, None]
    return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def transformer_layer(
    layer: TransformerLayer, x: Tensor, attends: Tensor | None, rotation: Rotation
) -> Tensor:
    """X + Attention(LN(x)) + FFN(LN(x)) at every position.

    Args:
        layer: with fair-esm's weights.
        x: [n_sequences, n_positions, d_model].
        attends: which keys may be attended to, broadcast to [n_sequences, 1, 1, n_positions]; None
            where all may.
        rotation: of all positions.
    """
    attention = layer.self_attn
    normed = layer.self_attn_layer_norm(x)
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    turned, value = _heads(attention, normed, projections).split(
        [2 * attention.num_heads, attention.num_heads], dim=-2
    )
    query, key = _rotate(turned, *rotation).chunk(2, dim=-2)
    return _feed_forward(layer, x + _mix(attention, query, key, value, attends))


def transformer_layer_at(
    layer: TransformerLayer, x: Tensor, at: Tensor, attends: Tensor | None, rotation: Rotation
) -> Tensor:
    """The same at some positions only: all are attended to, but only these are computed.

    Args:
        layer: with fair-esm's weights.
        x: [n_sequences, n_positions, d_model].
        at: int64 [n_sequences, n_wanted], positions wanted of each sequence.
        attends: as for `transformer_layer`.
        rotation: of all positions.

    Returns:
        [n_sequences, n_wanted, d_model].
    """
    attention = layer.self_attn
    normed = layer.self_attn_layer_norm(x)
    key, value = _heads(attention, normed, (attention.k_proj, attention.v_proj)).chunk(2, dim=-2)
    query = _heads(attention, _rows(normed, at), (attention.q_proj,))
    cosine, sine = rotation
    mixed = _mix(
        attention,
        _rotate(query, cosine[at], sine[at]),
        _rotate(key, cosine, sine),
        value,
        attends,
    )
    return _feed_forward(layer, _rows(x, at) + mixed)


def _rows(x: Tensor, at: Tensor) -> Tensor:
    return x.gather(1, at[..., None].expand(-1, -1, x.shape[-1]))


def _feed_forward(layer: TransformerLayer, x: Tensor) -> Tensor:
    hidden: Tensor = x + layer.fc2(F.gelu(layer.fc1(layer.final_layer_norm(x))))
    return hidden


def _heads(attention: MultiheadAttention, x: Tensor, projections: Sequence[nn.Linear]) -> Tensor:
    """Projections in one product, [n_sequences, n_positions, n_projections * n_heads, d_head]."""
    weight = torch.cat([projection.weight for projection in projections])
    bias = torch.cat([projection.bias for projection in projections])
    return F.linear(x, weight, bias).unflatten(-1, (len(projections) * attention.num_heads, -1))


def _mix(
    attention: MultiheadAttention, query: Tensor, key: Tensor, value: Tensor, attends: Tensor | None
) -> Tensor:
    mixed = F.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), attn_mask=attends
    )
    projected: Tensor = attention.out_proj(mixed.transpose(1, 2).flatten(2))
    return projected


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding (Su et al. 2021), [n_sequences, n_positions, n_heads, d_head]."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat([-second, first], dim=-1) * sine
