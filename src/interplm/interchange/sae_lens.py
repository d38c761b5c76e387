"""SAEs and transcoders of SAELens: folders of `cfg.json` and `sae_weights.safetensors`.

Names and formulas are those of its version 6 (github.com/jbloomAus/SAELens, `saes/`); configs of
earlier versions are read too. BatchTopK and Matryoshka SAEs are JumpReLU ones there once trained.
AbsTopK keeps the k largest of either sign; here each of its features is two, feature i for the
positive values of i and feature d_sae + i for the negative ones.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange.assembly import assemble, relu_architecture, transcoder
from interplm.interchange.imported import UNKNOWN_SETTINGS, Fact, Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.publications import layer_of_hook
from interplm.interchange.sae_lens_inputs import input_transform, whitened
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names
from interplm.sae import SparseAutoencoder

NAME = "SAELens"
CONFIG_FILE = "cfg.json"
WEIGHTS_FILE = "sae_weights.safetensors"

_MATRICES = ["W_enc", "W_dec", "b_dec", "b_enc"]
TENSORS = {
    "standard": _MATRICES,
    "topk": _MATRICES,
    "abstopk": _MATRICES,
    "jumprelu": [*_MATRICES, "threshold"],
    "gated": ["W_enc", "W_dec", "b_dec", "b_gate", "b_mag", "r_mag"],
    "transcoder": _MATRICES,
    "skip_transcoder": [*_MATRICES, "W_skip"],
    "jumprelu_transcoder": [*_MATRICES, "threshold"],
    "jumprelu_skip_transcoder": [*_MATRICES, "threshold", "W_skip"],
}
# Why others are not read, and what it would take.
_UNREAD = {
    "temporal": "its features depend on the residues before by attention, where all that is done "
    "with features here takes one residue at a time",
    "matching_pursuit": "its features are found one after another from what the last ones leave "
    "unexplained, which an architecture of its own in interplm/sae would have to do",
    "batchtopk": "this is a checkpoint of its training: load what SAELens saved for inference",
    "matryoshka_batchtopk": "this is a checkpoint of its training: load what SAELens saved for "
    "inference",
}
Config = dict[str, Any]  # Any: what JSON can hold


def _recognises(source: Source) -> bool:
    config = source.settings(CONFIG_FILE)
    return bool({"d_sae", "architecture", "hook_name", "hook_point"} & set(config))


def _read(source: Source) -> Imported:
    """An SAE or a transcoder that SAELens saved for inference; features are the same."""
    config = _of_version_6(source.settings(CONFIG_FILE), source.folder / CONFIG_FILE)
    _check_expressible(config, source)
    where = source.folder / WEIGHTS_FILE
    tensors = source.state_dict(where)
    _drop_scaling(tensors, where)
    kind = config["architecture"]
    check_names(tensors, TENSORS[kind], what=f"a {kind} SAE of SAELens", where=where)
    make = _transcoder if "transcoder" in kind else _assembled
    sae = make(kind, tensors, config, source)
    return Imported(sae=sae, format=NAME, trained_on=_trained_on(config, source))


def _of_version_6(config: Config, where: Path) -> Config:
    """A config with the entries of version 6, whichever version wrote it."""
    for name in ("activation_fn_kwargs", "metadata"):
        if not isinstance(config.get(name) or {}, dict):
            raise BrokenArtifact(
                f"{where} holds no settings under {name}: copy the file that SAELens wrote."
            )
    activation = config.get("activation_fn", config.get("activation_fn_str", "relu"))
    k = (config.get("activation_fn_kwargs") or {}).get("k")
    found = config.get("architecture", "standard")
    if found == "standard" and activation != "relu":
        found = str(activation)
    normalize = config.get("normalize_activations") or "none"
    hook = str(config.get("hook_name", config.get("hook_point", "")))
    return (
        {"apply_b_dec_to_input": True, "k": k}
        | config
        | {
            "architecture": found,
            "normalize_activations": "expected_average_only_in" if normalize is True else normalize,
            "reshape_activations": config.get(
                "reshape_activations", "hook_z" if "hook_z" in hook else "none"
            ),
        }
    )


def _check_expressible(config: Config, source: Source) -> None:
    kind = config["architecture"]
    if kind not in TENSORS:
        reason = _UNREAD.get(kind, "no architecture here computes it")
        raise UserError(
            f"{source.folder} holds a SAELens SAE of the architecture {kind}, which cannot be "
            f"read: {reason}. Those that can are {', '.join(TENSORS)}."
        )
    if config["reshape_activations"] != "none":
        raise UserError(
            f"{source.folder} has reshape_activations={config['reshape_activations']}: it reads "
            "the heads of an attention layer, not one vector for a residue."
        )


def _drop_scaling(tensors: dict[str, Tensor], where: Path) -> None:
    """Early versions wrote a factor for each feature, of ones where it was not fine-tuned."""
    factor = tensors.pop("scaling_factor", torch.ones(()))
    if not bool((factor == 1).all()):
        raise UserError(
            f"{where} has a fine-tuned scaling_factor, which only early versions of SAELens apply: "
            "multiply W_dec by it there and save the SAE again."
        )


def _assembled(
    kind: str, tensors: dict[str, Tensor], config: Config, source: Source
) -> SparseAutoencoder:
    where, reads_centred = source.folder / WEIGHTS_FILE, bool(config["apply_b_dec_to_input"])
    d_in, normalization = len(tensors["b_dec"]), config["normalize_activations"]
    if config.get("rescale_acts_by_decoder_norm") and kind in ("topk", "abstopk"):
        tensors = _rescaled(tensors)
    if normalization == "covariance_whitening":
        tensors = whitened(tensors, source, reads_centred=reads_centred)
    if kind == "abstopk":
        kind, tensors = "topk", _of_both_signs(tensors)
    settings = {}
    if kind == "topk":
        settings["k"] = source.k(config["k"], where=source.folder / CONFIG_FILE)
    if kind == "standard":
        kind = relu_architecture(tensors, where=where)
    if kind == "gated":
        tensors["b_enc"] = tensors.pop("b_gate")
    if kind == "jumprelu":
        # ReLU comes first, so a threshold below 0 cuts what 0 does.
        tensors["threshold"] = tensors["threshold"].clamp_min(0)
    return assemble(
        kind,
        tensors,
        where=where,
        reads_centred=reads_centred,
        input_transform=input_transform(normalization, source, d_in, undone=True),
        **settings,
    )


def _transcoder(
    kind: str, tensors: dict[str, Tensor], config: Config, source: Source
) -> SparseAutoencoder:
    """The prediction stays as the decoder gives it: it is another state than was normalised."""
    d_in, normalization = len(tensors["W_enc"]), config["normalize_activations"]
    if normalization == "covariance_whitening":
        raise UserError(
            f"{source.folder} holds a transcoder of whitened activations, whose two states SAELens "
            "does not whiten apart: train it without normalize_activations."
        )
    tensors["b_out"] = tensors.pop("b_dec")
    if "W_skip" in tensors:
        tensors["W_skip"] = tensors["W_skip"].T
    return transcoder(
        tensors,
        where=source.folder / WEIGHTS_FILE,
        activation="jumprelu" if "threshold" in tensors else "relu",
        input_transform=input_transform(normalization, source, d_in, undone=False),
    )


def _rescaled(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """SAELens multiplies pre-activations by the decoder's norms before it selects.

    An empty decoder row silences its feature.
    """
    W_dec = tensors["W_dec"].double()  # of 16 bits, perhaps
    norms = W_dec.norm(dim=1)
    divisor = norms.where(norms > 0, torch.ones_like(norms))
    return tensors | {
        "W_enc": tensors["W_enc"] * norms,
        "b_enc": tensors["b_enc"] * norms,
        "W_dec": W_dec / divisor[:, None],
    }


def _of_both_signs(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """An encoder and decoder whose largest positive values are the largest of either sign."""
    return tensors | {
        "W_enc": torch.cat([tensors["W_enc"], -tensors["W_enc"]], dim=1),
        "b_enc": torch.cat([tensors["b_enc"], -tensors["b_enc"]]),
        "W_dec": torch.cat([tensors["W_dec"], -tensors["W_dec"]]),
    }


def _trained_on(config: Config, source: Source) -> dict[str, Fact]:
    metadata = config.get("metadata") or config
    ours = metadata.get("trained_on")
    if isinstance(ours, dict):
        return dict(ours) | {"training_settings": UNKNOWN_SETTINGS}
    hook = metadata.get("hook_name")
    layer = layer_of_hook(hook) if isinstance(hook, str) else None
    return origin(
        source,
        NAME,
        files={
            "plm": metadata.get("model_name"),
            "layer": layer,
            "reads": f"the state of the hook {hook}" if hook and layer is None else None,
            "d_model": config.get("d_in"),
        },
        said={name: metadata.get(name) for name in ("model_name", "hook_name")},
    )


LAYOUT = Layout(
    name=NAME,
    looked_for=f"{CONFIG_FILE} with d_sae or hook_name",
    recognises=_recognises,
    read=_read,
)
