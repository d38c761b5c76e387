"""The Your protein page."""

from interplm.errors import MissingArtifact
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.pages.structure_view import NEEDS
from interplm.explorer.pages.your_protein.answer import answer
from interplm.explorer.pages.your_protein.conditions import conditions
from interplm.explorer.pages.your_protein.given import EXAMPLES, encoder_of
from interplm.explorer.pages.your_protein.on_sequence import (
    downloads,
    on_sequence,
    on_structure,
    substitutions,
)
from interplm.explorer.render.markup import data, escape

_PROTEIN = ("protein", "mutations", "other", "record")
_LIST = (*_PROTEIN, "rank", "show", "region")
_RESETS = "record region chosen saturate"
_FORM = """
<form class="ip-form" data-entries="your-protein" data-resets="{resets}">
<label class="ip-field ip-wide-field"><span>Accession, sequence or FASTA records</span>
<textarea name="protein" rows="4" spellcheck="false"></textarea></label>
<div class="ip-stack">
<label class="ip-field"><span>Change residues</span><input name="mutations" type="text"
 spellcheck="false" autocomplete="off" placeholder="R175H, p.Arg175His, K23del, K23_L24insRS">
</label>
<label class="ip-field"><span>Or compare with</span><textarea name="other" rows="1"
 spellcheck="false" placeholder="another accession, sequence or FASTA record"></textarea></label>
</div>
<div class="ip-controls"><button class="ip-button ip-primary">Show features</button>
<label class="ip-button">Open FASTA<input type="file" data-reads="protein"
 accept=".fasta,.fa,.faa,.txt"></label><span class="ip-quiet">Examples:</span>{examples}</div>
</form>
"""


def ready(explorer: Explorer, address: Address) -> str:
    """Nothing once the models are loaded; what is missing is said before anything is asked."""
    encoder = encoder_of(explorer)
    try:
        plm, _ = encoder.models()
    except FileNotFoundError as error:
        raise MissingArtifact(f"The models of these scores are not there: {error}.") from error
    limit = f"Up to {encoder.max_residues:,} residues are read"
    if encoder.max_residues > plm.max_residues:
        limit += f", beyond {plm.max_residues:,} in overlapping windows"
    return f'<p class="ip-note">{limit}. Enter shows the features; nothing leaves this server.</p>'


def _form() -> str:
    cleared = dict.fromkeys(("mutations", "other", *_RESETS.split()))
    examples = "".join(
        f'<button type="button" class="ip-link" data-go="{data({**cleared, "protein": text})}">'
        f"{escape(name)}</button>"
        for name, text in EXAMPLES.items()
    )
    return _FORM.format(resets=_RESETS, examples=examples)


YOUR_PROTEIN = Page(
    name="Your protein",
    path="your-protein",
    layout=(
        '<h1 class="ip-alone">Your protein</h1>'
        + _form().replace("{", "{{").replace("}", "}}")
        + "{ready}{conditions}{answer}{substitutions}"
        '<div class="ip-columns ip-halves">{sequence}{structure}</div>{downloads}'
    ),
    parts=(
        Part(name="ready", show=ready, waits="The models are being loaded …"),
        Part(name="conditions", needs=("protein", "mutations", "other"), show=conditions),
        Part(name="answer", needs=_LIST, show=answer, waits="The model reads the sequence …"),
        Part(
            name="substitutions",
            needs=(*_LIST, "chosen", "saturate"),
            show=substitutions,
            waits="The model reads the mutants …",
        ),
        Part(name="sequence", needs=(*_LIST, "chosen"), show=on_sequence, waits="…"),
        Part(name="structure", needs=(*_LIST, "chosen", *NEEDS), show=on_structure, waits="…"),
        Part(name="downloads", needs=("protein",), show=downloads),
    ),
)
