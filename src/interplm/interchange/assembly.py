"""SAEs of ours from bare tensors."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact
from interplm.sae import AffineTransform, InputTransform, SparseAutoencoder
from interplm.sae.base import Setting

_AGAIN = "download it or save it again"

# Settings that work in training alone, which no other toolkit's file says in our terms. They are
# there to build the class; `trained_on` of what is imported says that they mean nothing.
_PLACEHOLDERS: dict[str, dict[str, Setting]] = {
    "relu": {"l1_coefficient": 1.0, "reconstruction": "squared_l2"},
    "relu_decoder_norm": {"l1_coefficient": 1.0},
    "gated": {"l1_coefficient": 1.0},
    "topk": {"kernel": "auto"},
    "groupmax": {"kernel": "auto"},
    "batchtopk": {"threshold_decay": 0.999, "kernel": "auto"},
    "matryoshka": {"threshold_decay": 0.999, "kernel": "auto"},
    "jumprelu": {
        "sparsity": "tanh",
        "sparsity_coefficient": 1.0,
        "l0_target": 1.0,
        "steepness": 1.0,
        "initial_threshold": 1.0,
        "bandwidth": 1.0,
    },
}


def assemble(
    architecture: str,
    tensors: Mapping[str, Tensor],
    *,
    where: Path,
    reads_centred: bool = True,
    input_transform: InputTransform | None = None,
    **settings: Setting,
) -> SparseAutoencoder:
    """An SAE in evaluation mode.

    Args:
        architecture: of ours.
        tensors: W_enc [d_in, d_sae], W_dec [d_sae, d_in], b_enc [d_sae], b_dec [d_in] and what
            else the architecture holds, under our names; of any floating-point type.
        where: the file they come from, for messages.
        reads_centred: whether the encoder reads t(x) - b_dec, as ours do, or t(x).
        input_transform: t; the identity if it is not given.
        settings: of the architecture; those of training alone may be left out.

    Raises:
        BrokenArtifact: if shapes do not fit each other, a number is not finite, or a setting is
            out of range.
    """
    check_matrices(tensors, where=where)
    d_in, d_sae = tensors["W_enc"].shape
    sae = made(architecture, where=where, d_in=d_in, d_sae=d_sae, **settings)
    fill_(sae, tensors if reads_centred else _centred(tensors), where=where)
    if input_transform is not None:
        sae.input_transform = input_transform
    return sae.eval()


def transcoder(
    tensors: Mapping[str, Tensor],
    *,
    where: Path,
    activation: str,
    k: int | None = None,
    input_transform: InputTransform | None = None,
) -> SparseAutoencoder:
    """A Transcoder in evaluation mode; arguments and errors as `assemble`.

    Args:
        tensors: W_enc [d_in, d_sae], W_dec [d_sae, d_out], b_enc, b_out and, where they are not
            zero or absent, b_dec [d_in], threshold [d_sae] and W_skip [d_in, d_out].
        where: the file they come from.
        activation: of the Transcoder.
        k: of topk.
        input_transform: t; the identity if it is not given.
    """
    for name in ("W_enc", "W_dec"):
        _check_rank(tensors[name], name, where)
    (d_in, d_sae), d_out = tensors["W_enc"].shape, tensors["W_dec"].shape[1]
    sae = made(
        "transcoder", where=where, d_in=d_in, d_out=d_out, d_sae=d_sae,
        activation=activation, k=k, has_skip="W_skip" in tensors,
    )  # fmt: skip
    fill_(sae, {"b_dec": torch.zeros(d_in)} | dict(tensors), where=where)
    if input_transform is not None:
        sae.input_transform = input_transform
    return sae.eval()


def made(architecture: str, *, where: Path, **settings: Setting) -> SparseAutoencoder:
    """An SAE of an architecture of ours, its weights still to be filled; errors as `assemble`.

    Nothing random is drawn for weights that are replaced: of a large SAE that would be gigabytes.
    """
    found: Callable[..., SparseAutoencoder] | None = SparseAutoencoder.class_of(architecture)
    assert found is not None
    try:
        with torch.device("meta"):
            sae = found(**(_PLACEHOLDERS.get(architecture, {}) | settings))
    except (TypeError, ValueError) as error:
        raise BrokenArtifact(f"{where} makes no SAE ({error}): {_AGAIN}.") from error
    sae.to_empty(device="cpu")
    sae.input_transform = AffineTransform(sae.d_in)
    return sae


def fill_(sae: SparseAutoencoder, tensors: Mapping[str, Tensor], *, where: Path) -> None:
    """Copy all tensors of an SAE into it, under its own names; errors as `assemble`."""
    state = {n: t for n, t in sae.state_dict().items() if not n.startswith("input_transform.")}
    assert set(tensors) == set(state)
    for name, tensor in tensors.items():
        _check_shape(tensor, name, state[name].shape, where)
        if tensor.is_complex():
            raise BrokenArtifact(f"{where} holds complex numbers in {name}: {_AGAIN}.")
        if not torch.isfinite(tensor).all():
            raise BrokenArtifact(f"{where} holds NaN or infinite numbers in {name}: {_AGAIN}.")
        state[name].copy_(tensor)


def check_matrices(tensors: Mapping[str, Tensor], *, where: Path) -> None:
    """Raise BrokenArtifact unless W_enc, W_dec, b_enc and b_dec are of one d_in and d_sae."""
    _check_rank(tensors["W_enc"], "W_enc", where)
    d_in, d_sae = tensors["W_enc"].shape
    expected = {"W_dec": (d_sae, d_in), "b_enc": (d_sae,), "b_dec": (d_in,)}
    for name, shape in expected.items():
        _check_shape(tensors[name], name, shape, where)


def relu_architecture(tensors: Mapping[str, Tensor], *, where: Path) -> str:
    """`relu` for decoder rows of unit norm, `relu_decoder_norm` for others.

    They compute the same; but the first, trained further, brings its rows to unit norm.
    """
    check_matrices(tensors, where=where)
    norms = tensors["W_dec"].float().norm(dim=1)
    is_unit = torch.allclose(norms, torch.ones_like(norms), atol=1e-4)
    return "relu" if is_unit else "relu_decoder_norm"


def linear_layers(tensors: Mapping[str, Tensor], *, where: Path) -> dict[str, Tensor]:
    """`encoder` and `decoder`, torch.nn.Linear modules, under our names; their biases if any.

    A linear module keeps its weight as [outputs, inputs], the transpose of ours.
    """
    for name in ("encoder.weight", "decoder.weight"):
        _check_rank(tensors[name], name, where)
    named = {"W_enc": tensors["encoder.weight"].T, "W_dec": tensors["decoder.weight"].T}
    if "encoder.bias" in tensors:
        named["b_enc"] = tensors["encoder.bias"]
    if "decoder.bias" in tensors:
        named["b_dec"] = tensors["decoder.bias"]
    return named


def _centred(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Biases for an encoder that reads x - b_dec, from those for one that reads x.

    x W_enc + b = (x - b_dec) W_enc + (b + b_dec W_enc); in float64, being sums of d_in products.
    """
    shift = tensors["b_dec"].double() @ tensors["W_enc"].double()
    moved = {"b_enc": tensors["b_enc"] + shift}
    if "b_mag" in tensors:
        moved["b_mag"] = tensors["b_mag"] + shift * tensors["r_mag"].double().exp()
    return dict(tensors) | moved


def _check_rank(tensor: Tensor, name: str, where: Path) -> None:
    if tensor.ndim != 2:
        raise BrokenArtifact(
            f"{where} does not fit: {name} has the shape {list(tensor.shape)}, not that of a "
            f"matrix; {_AGAIN}."
        )


def _check_shape(tensor: Tensor, name: str, shape: tuple[int, ...], where: Path) -> None:
    if tensor.shape != shape:
        raise BrokenArtifact(
            f"{where} does not fit: {name} has the shape {list(tensor.shape)}, not {list(shape)} "
            f"as its other tensors want; {_AGAIN}."
        )
