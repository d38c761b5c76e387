"""The concepts that a feature detects, as a short table."""

from collections.abc import Sequence

from interplm.explorer.context import Explorer
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import concept_link, fraction, signed, table
from interplm.features.database.records import Pair


def detected(explorer: Explorer, pairs: Sequence[Pair]) -> list[Pair]:
    """Those of concepts: the label first, then by average precision.

    Controls are random spans, which say something of the scoring and nothing of a feature.
    """
    roles = {row.concept: row.role for row in explorer.reader.concepts}
    shown = [pair for pair in pairs if roles.get(pair.concept) != "control"]
    return sorted(shown, key=lambda pair: (not pair.is_label, -pair.average_precision))


def concepts_table(pairs: Sequence[Pair], **entries: str) -> str:
    """Their average precision, margin and F1; `entries` go into the links."""
    rows = [
        (
            concept_link(pair.concept, **entries),
            fraction(pair.average_precision),
            signed(pair.margin),
            fraction(pair.f1),
        )
        for pair in pairs
    ]
    header = ("Concept", f"AP{help_mark('AP')}", f"Margin{help_mark('margin')}",
              f"F1{help_mark('F1')}")  # fmt: skip
    return table(header, rows, numeric=(1, 2, 3))
