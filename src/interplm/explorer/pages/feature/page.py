"""The page of one feature, `feature?feature=1503`."""

from interplm.explorer.pages.counterparts import switched
from interplm.explorer.pages.feature.effect import effect
from interplm.explorer.pages.feature.header import header
from interplm.explorer.pages.feature.of_feature import of_feature
from interplm.explorer.pages.feature.panel import on_structure, whole_protein
from interplm.explorer.pages.feature.relatives import relatives
from interplm.explorer.pages.feature.rows import own_rows, rows
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.pages.structure_view import NEEDS
from interplm.explorer.render.controls import radios

_OWN = ("protein", "mutations", "other", "record")
_CHOSEN = ("feature", "accession", "own", *_OWN)

FEATURE = Page(
    name="Feature",
    path="feature",
    in_navigation=False,
    layout=(
        '{header}{switched}<div class="ip-bench"><div class="ip-left"><div class="ip-bar-row">'
        "<h2>Proteins where it fires</h2>"
        + radios("align", "Aligned at", {"peak": "the peak", "start": "the start"})
        + '</div>{own}{rows}</div><section class="ip-right" aria-label="Chosen protein">{whole}'
        "{structure}</section></div>{relatives}{effect}"
    ),
    parts=(
        Part(name="header", needs=("feature", "list", "was"), show=header),
        Part(name="switched", needs=("feature", "was", "was_run"), show_all=switched),
        Part(
            name="own",
            needs=("feature", *_OWN),
            show=of_feature(own_rows),
            waits="The model reads your protein …",
        ),
        Part(name="rows", needs=("feature", "bucket", "align"), show=of_feature(rows)),
        Part(name="whole", needs=_CHOSEN, show=of_feature(whole_protein)),
        Part(name="structure", needs=(*_CHOSEN, *NEEDS), show=of_feature(on_structure)),
        Part(name="relatives", needs=("feature",), show=of_feature(relatives)),
        Part(
            name="effect",
            needs=("feature", "effect"),
            show=of_feature(effect),
            waits="The model reads the strongest proteins …",
        ),
    ),
)
