"""Whether an SAE reads what it was trained on: the PLM, the layer, and the units.

An SAE takes any activations of its width, and gives features of the right shape whatever they are.
What tells is how much of them it explains. On a few bundled proteins this is measured for the layer
that is asked for, for the others, and for activations treated as other toolkits treat them; where
another pairing fits clearly better, it is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from interplm.evaluation.fits import Fit, measured, shuffled_dimensions, treated
from interplm.evaluation.probe import ReadsLayers, probe_states
from interplm.sae import NormalizedSAE, SparseAutoencoder, Transcoder

Fault = Literal["width", "model", "layer", "scale", "treatment"]
Facts = Mapping[str, object]

# The unexplained fraction of another layer must be below this share of that of the layer asked for,
# and of another treatment below the second: a neighbouring layer of a deep model fits nearly as
# well, while a treatment that changes little is no fault.
_OTHER_LAYER = 0.97
_OTHER_TREATMENT = 0.9
# Above this share of what is unexplained of meaningless activations, it is another model's SAE; and
# above the second, another pairing that was searched for is no find.
_OTHER_MODEL, _NO_FIND = 0.75, 0.35
_N_SEARCHED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an SAE belongs to a PLM's layer.

    Attributes:
        fits: None where it cannot be told.
        fault: what is wrong, where something is.
        likely: what is likely right, such as "layer 3"; empty if it fits or nobody knows.
        sentence: for the user.
        given: how well it explains the layer that was asked for.
        best: how well it explains what it fits best.
    """

    fits: bool | None
    fault: Fault | None = None
    likely: str = ""
    sentence: str
    given: Fit | None = None
    best: Fit | None = None


def check_pairing(
    sae: SparseAutoencoder | NormalizedSAE,
    plm: ReadsLayers,
    layer: int,
    *,
    trained_on: Facts | None = None,
    others: Sequence[ReadsLayers] = (),
    sequences: Sequence[str] | None = None,
) -> Verdict:
    """Measure an SAE on a PLM's layer, and say what fits better if anything does.

    One forward pass of the PLM over 13 proteins, and one of the SAE for every layer and for some
    ten treatments, on 768 residues each.

    Args:
        sae: in evaluation mode.
        plm: that is to be read, on the device that is to compute.
        layer: of it.
        trained_on: what is known of the SAE, as in `sae.yaml`; names what is likely right.
        others: PLMs to look at if this one is not the SAE's.
        sequences: proteins to measure on, in place of the bundled ones.
    """
    known, sae = trained_on or {}, sae.sae if isinstance(sae, NormalizedSAE) else sae
    if isinstance(sae, Transcoder):
        reads = known.get("reads", "one state")
        return Verdict(
            fits=None,
            sentence=f"This is a transcoder, which predicts another state than it reads ({reads}), "
            "so what it explains of its input cannot be measured.",
        )
    if sae.d_in != plm.d_model:
        return _wrong_width(sae, plm, known, others)
    states = probe_states(plm, sequences)
    verdict = judge(sae, states, layer, plm=plm.name, trained_on=known)
    return _among(others, sae, sequences, verdict) if verdict.fault == "model" else verdict


def judge(
    sae: SparseAutoencoder,
    states: Mapping[int, Tensor],
    layer: int,
    *,
    plm: str,
    trained_on: Facts | None = None,
) -> Verdict:
    """The same from states that are there already.

    Args:
        sae: in evaluation mode.
        states: of the same residues at some layers, `layer` among them, [n_residues, d_in] each.
        layer: that is asked for.
        plm: name, for the sentence.
        trained_on: what is known of the SAE.
    """
    known = trained_on or {}
    of_layers = {number: measured(sae, x, layer=number) for number, x in states.items()}
    given, best = of_layers[layer], min(of_layers.values(), key=_unexplained)
    if best.unexplained >= _OTHER_LAYER * given.unexplained:
        best = given
    for number in sorted({layer, best.layer, _int(known.get("layer"), layer)} & set(states)):
        best = _or_treated(sae, states[number], best, layer=number)
    best = _or_update(sae, states, best)
    if best is not given and _share_of_null(sae, best, states) > _NO_FIND:
        best = given
    if best is given and _share_of_null(sae, given, states) > _OTHER_MODEL:
        return _wrong_model(plm, known, given=given)
    return _explained(plm, known, given=given, best=best)


def _share_of_null(sae: SparseAutoencoder, fit: Fit, states: Mapping[int, Tensor]) -> float:
    """What is unexplained, as a share of what it is of activations without meaning."""
    x = states[fit.layer]
    if fit.treatment.startswith("the update"):
        x = x - states[fit.layer - 1]
    return fit.unexplained / fit.of(sae, shuffled_dimensions(x)).unexplained


def _or_treated(sae: SparseAutoencoder, x: Tensor, best: Fit, *, layer: int) -> Fit:
    """What fits x better once it is treated otherwise; searched for on some of the residues."""
    searched = list(treated(sae, x[:_N_SEARCHED], layer=layer))
    found = min(searched, key=_unexplained)
    if found.kind == "scale":
        # Where residues are of much the same size, a scale does what treating each by itself does,
        # which is the commoner practice.
        alike = [fit for fit in searched if fit.kind == "treatment" and _is_alike(fit, found)]
        found = min(alike, key=_unexplained, default=found)
    found = found.of(sae, x)
    return found if _is_better(found, best) else best


def _is_alike(fit: Fit, scaled: Fit) -> bool:
    return fit.unexplained < 1.5 * scaled.unexplained and fit.l0 < 1.1 * scaled.l0


def _is_better(fit: Fit, best: Fit) -> bool:
    """Whether clearly more is explained, or as much by far fewer features."""
    more = fit.unexplained < _OTHER_TREATMENT * best.unexplained
    sparser = fit.l0 < 0.6 * best.l0 and fit.unexplained < 1.1 * best.unexplained
    return more or sparser


def _or_update(sae: SparseAutoencoder, states: Mapping[int, Tensor], best: Fit) -> Fit:
    """What an SAE of a layer's updates fits, as those of ESM C's MLPs are, if it fits better."""
    for number, x in states.items():
        if number - 1 not in states:
            continue
        words = f"the update of layer {number}, its state less that of layer {number - 1}"
        update = x - states[number - 1]
        fit = measured(sae, update, layer=number, kind="treatment", treatment=words)
        if fit.unexplained < _OTHER_TREATMENT * best.unexplained:
            best = fit
    return best


def _explained(plm: str, known: Facts, *, given: Fit, best: Fit) -> Verdict:
    """The verdict on an SAE that fits something of this PLM."""
    measures = f"This SAE {_figures(given)} of layer {given.layer} of {plm}"
    if best is given:
        said = known.get("layer")
        note = "" if said in (None, given.layer) else f", though its files speak of layer {said}"
        sentence = f"{measures}, and fits no other layer or treatment better{note}."
        return Verdict(fits=True, sentence=sentence, given=given, best=best)
    likely = _in_words(best, given)
    return Verdict(
        fits=False,
        fault="layer" if best.kind == "as it is" else best.kind,
        likely=likely,
        sentence=f"{measures}, but {_figures(best)} of {likely}: it was most likely trained on "
        f"that. {_mend(best, given)}",
        given=given,
        best=best,
    )


def _in_words(best: Fit, given: Fit) -> str:
    layer = f"layer {best.layer}"
    if not best.treatment:
        return layer
    is_elsewhere = best.layer != given.layer and layer not in best.treatment
    return f"{layer}, {best.treatment}" if is_elsewhere else best.treatment


def _mend(best: Fit, given: Fit) -> str:
    layer = f"layer={best.layer}" if best.layer != given.layer else ""
    if best.kind == "as it is":
        return f"Give {layer}."
    also = f", and {layer}" if layer else ""
    if best.kind == "scale":
        return f"Load it with input_scale={best.scale:.4g}{also}."
    return f"Feed it that{also}, or load it from its original files, which say so."


def _wrong_model(plm: str, known: Facts, *, given: Fit) -> Verdict:
    maker = known.get("plm")
    likely = "" if maker in (None, plm) else str(maker)
    mend = f"its files say {likely}" if likely else "give the PLM that it was made for"
    return Verdict(
        fits=False,
        fault="model",
        likely=likely,
        sentence=f"This SAE {_figures(given)} of layer {given.layer} of {plm}, and no more of any "
        "layer than of activations without meaning: it belongs to another model, or to other "
        f"weights; {mend}.",
        given=given,
    )


def _wrong_width(
    sae: SparseAutoencoder, plm: ReadsLayers, known: Facts, others: Sequence[ReadsLayers]
) -> Verdict:
    wide = [other.name for other in others if other.d_model == sae.d_in]
    likely = str(known.get("plm") or " or ".join(wide))
    named = f"it was trained on {likely}" if likely else f"choose a PLM of width {sae.d_in}"
    return Verdict(
        fits=False, fault="width", likely=likely,
        sentence=f"This SAE reads activations of width {sae.d_in}, and {plm.name} gives "
        f"{plm.d_model}: {named}.",
    )  # fmt: skip


def _among(
    others: Sequence[ReadsLayers],
    sae: SparseAutoencoder,
    sequences: Sequence[str] | None,
    verdict: Verdict,
) -> Verdict:
    """The verdict with the PLM that fits, if one of the others does."""
    for other in others:
        if other.d_model != sae.d_in:
            continue
        states = probe_states(other, sequences)
        fits = [measured(sae, x, layer=number) for number, x in states.items()]
        best = min(fits, key=_unexplained)
        if judge(sae, states, best.layer, plm=other.name).fits:
            return Verdict(
                fits=False, fault="model", likely=f"layer {best.layer} of {other.name}",
                given=verdict.given, best=best,
                sentence=f"{verdict.sentence} It {_figures(best)} of layer {best.layer} of "
                f"{other.name}.",
            )  # fmt: skip
    return verdict


def _figures(fit: Fit) -> str:
    return f"explains {fit.explained_variance:.3f} (L0 {fit.l0:.1f})"


def _unexplained(fit: Fit) -> float:
    return fit.unexplained


def _int(value: object, default: int) -> int:
    return value if isinstance(value, int) else default
