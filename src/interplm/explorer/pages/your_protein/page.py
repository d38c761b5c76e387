"""The Your protein page."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.pages.your_protein.reading import your_protein
from interplm.explorer.render.markup import message

_START = (
    "Paste a sequence and press “Show features”. A mutation or a second sequence is compared with "
    "it."
)
# Longer than any sequence that is accepted, so that what is too long is said and not cut.
_LONGEST = 1_000_000
_FORM = """
<form class="ip-form" data-entries="your-protein">
<label class="ip-field ip-wide-field"><span>Sequence or FASTA record</span>
<textarea name="protein" rows="5" spellcheck="false"></textarea></label>
<div class="ip-stack">
<label class="ip-field"><span>Mutate</span><input name="mutations" type="text" spellcheck="false"
 autocomplete="off" placeholder="L23P, or several: L23P, A40G"></label>
<label class="ip-field"><span>Compare with</span><textarea name="other" rows="2" spellcheck="false"
 placeholder="another sequence or FASTA record"></textarea></label>
<div class="ip-controls"><button class="ip-button ip-primary">Show features</button>
<label class="ip-button">Open FASTA<input type="file" data-reads="protein"
 accept=".fasta,.fa,.faa,.txt"></label></div></div></form>
"""


def answer(explorer: Explorer, address: Address) -> str:
    """The features of the sequence in the hash, and what a change of it changes."""
    protein, mutations, other = (
        address.text(name, longest=_LONGEST) for name in ("protein", "mutations", "other")
    )
    if not protein.strip():
        return message(_START)
    return your_protein(explorer, protein, mutations, other)


YOUR_PROTEIN = Page(
    name="Your protein",
    path="your-protein",
    layout=f'<h1 class="ip-alone">Your protein</h1>{_FORM}{{answer}}',
    parts=(
        Part(
            name="answer",
            needs=("protein", "mutations", "other"),
            show=answer,
            waits="The model reads the sequence …",
        ),
    ),
)
