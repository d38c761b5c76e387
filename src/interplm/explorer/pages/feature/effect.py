"""The effect of a feature on the amino acids that the PLM predicts."""

from functools import lru_cache

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.render.bars import diverging_bars
from interplm.explorer.render.exports import exported, table_export
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import data, message, section
from interplm.features.database.records import Feature
from interplm.features.encoding.output_effect import OutputEffect, output_effect
from interplm.plms import MaskedLanguageModel, masked_language_model
from interplm.proteins.alphabet import STANDARD

_N_PROTEINS = 12
# Around the peak; longer proteins would only take longer.
_REACH = 250
_N_REMEMBERED = 512
_TITLE = "Effect on the predicted amino acids"


def effect(explorer: Explorer, feature: Feature, address: Address) -> str:
    """What the PLM predicts with the feature less what it predicts without it."""
    if explorer.encoder is None or feature.is_silent:
        return ""
    if not (address.has("effect") or explorer.encoder.is_loaded):
        goes = data({"effect": "1"})
        return section(
            _TITLE,
            f'<button type="button" class="ip-button" data-go="{goes}">Read its strongest '
            "proteins with the model</button>",
            note="with the feature, and with its part of the layer taken away",
        )
    if not isinstance(explorer.encoder.models()[0], MaskedLanguageModel):
        return section(_TITLE, message("This PLM predicts no residues, so there is none."))
    found = effect_of(explorer, feature.feature)
    if not found.n_residues:
        return section(_TITLE, message("None of its proteins is kept, so nothing can be read."))
    shown = sorted(zip(STANDARD, found.log_odds, strict=True), key=lambda pair: -pair[1])
    return section(
        _TITLE,
        diverging_bars([(letter, float(value)) for letter, value in shown], unit="nats"),
        link=f"{_TITLE}{help_mark('effect')}",
        note=f"Mean over the peaks of {found.n_residues} proteins",
        exports=exported(
            table_export("effect", {"feature": feature.feature}, f"f{feature.feature}-effect")
        ),
    )


@lru_cache(_N_REMEMBERED)
def effect_of(explorer: Explorer, feature: int) -> OutputEffect:
    """The effect at the peaks of the strongest proteins, one a family; remembered."""
    assert explorer.encoder is not None
    loaded, sae = explorer.encoder.models()
    plm = masked_language_model(loaded)
    examples = explorer.reader.examples(feature, "top")
    proteins = explorer.reader.proteins([example.accession for example in examples])
    families: dict[str, tuple[str, int]] = {}
    for example in examples:
        protein = proteins.get(example.accession)
        if protein is None or protein.cluster in families:
            continue
        start = max(0, example.peak - min(_REACH, plm.max_residues // 2 - 1))
        part = protein.sequence[start : example.peak + min(_REACH, plm.max_residues // 2 - 1)]
        families[protein.cluster] = (part, example.peak - start)
    return explorer.encoder.alone(
        lambda: output_effect(
            plm, sae, layer=explorer.encoder.layer if explorer.encoder else 0, feature=feature,
            places=list(families.values())[:_N_PROTEINS],
        )
    )  # fmt: skip
