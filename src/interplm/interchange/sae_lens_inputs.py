"""What SAELens does to activations before its SAEs read them: `normalize_activations`.

Formulas are those of `saes/sae.py` and `training/activation_scaler.py` of its version 6.54. There a
scale and a whitening are applied in training alone, and folded into the weights at its end; until
then they lie beside the checkpoints.
"""

import math

from torch import Tensor

from interplm.errors import UserError
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names
from interplm.sae import (
    AffineTransform,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
)

SCALER_FILE = "activation_scaler.json"
WHITENING_FILE = "activation_whitening.safetensors"
LN_EPS = 1e-5


def input_transform(kind: str, source: Source, d_in: int, *, undone: bool) -> InputTransform | None:
    """What does the same; None for the identity, and for a whitening, which weights take up.

    Args:
        kind: normalize_activations of the config.
        source: the SAE's folder, and what the user says.
        d_in: width.
        undone: whether decoding undoes what each residue was scaled by.

    Raises:
        UserError: if a number is needed that is nowhere.
    """
    if kind in ("none", "covariance_whitening"):
        return None
    if kind == "layer_norm":
        return ResidueStandardisation(d_in, eps=LN_EPS, correction=1, undone=undone)
    if kind == "constant_norm_rescale":
        return ResidueNormalisation(d_in, norm=math.sqrt(d_in), undone=undone)
    if kind != "expected_average_only_in":
        raise UserError(
            f"{source.folder} has normalize_activations={kind}, which SAELens 6 does not know "
            "either: save the SAE again with a version that does."
        )
    transform = AffineTransform(d_in)
    factor = source.settings(SCALER_FILE).get("scaling_factor")
    if isinstance(factor, float | int):
        transform.scale.fill_(1 / factor)
    elif source.options.input_scale is None:
        raise UserError(
            f"{source.folder} has normalize_activations={kind}: activations were multiplied by "
            f"√d_in over their mean norm, a number that is in {SCALER_FILE} beside a training "
            "checkpoint and else nowhere. Give its inverse, input_scale=<mean norm / √d_in>, which "
            "`python -m interplm.info source=<activations of that layer>` measures; or fold it in "
            "with SAELens's fold_activation_norm_scaling_factor and save the SAE again."
        )
    return transform


def whitened(
    tensors: dict[str, Tensor], source: Source, *, reads_centred: bool
) -> dict[str, Tensor]:
    """The weights of an SAE that reads z = (x - mean) M, for one that reads x; in float64.

    W_enc ← M W_enc,  W_dec ← W_dec M⁻¹,  b_dec ← b_dec M⁻¹ + mean; where the encoder does not
    subtract b_dec, its biases lose mean M W_enc.

    Raises:
        UserError: if the whitening is nowhere.
    """
    if not source.holds(WHITENING_FILE):
        raise UserError(
            f"{source.folder} has normalize_activations=covariance_whitening, and without "
            f"{WHITENING_FILE}, which SAELens saves beside its training checkpoints, nobody knows "
            "the whitening: copy it there, or take the SAE of the end of training, which has it in "
            "its weights and says normalize_activations=none."
        )
    where = source.folder / WHITENING_FILE
    whitening = {name: values.double() for name, values in source.state_dict(where).items()}
    check_names(whitening, ["mean", "matrix", "inverse_matrix"], what="a whitening", where=where)
    W_enc = whitening["matrix"] @ tensors["W_enc"].double()
    moved = {
        "W_enc": W_enc,
        "W_dec": tensors["W_dec"].double() @ whitening["inverse_matrix"],
        "b_dec": tensors["b_dec"].double() @ whitening["inverse_matrix"] + whitening["mean"],
    }
    if not reads_centred:
        shift = whitening["mean"] @ W_enc
        moved |= {name: tensors[name] - shift for name in ("b_enc", "b_gate") if name in tensors}
        if "b_mag" in tensors:
            moved["b_mag"] = tensors["b_mag"] - shift * tensors["r_mag"].double().exp()
    return tensors | moved
