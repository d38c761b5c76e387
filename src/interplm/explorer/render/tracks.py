"""Annotations as bars under a sequence."""

from collections.abc import Iterable, Mapping, Sequence

from interplm.explorer.render.markup import escape
from interplm.explorer.theme import NO_FAMILY
from interplm.features.database.records import Annotation

# More would push the next protein off the screen; what is left out is said.
_MOST_LANES = 4


def lanes(annotations: Sequence[Annotation]) -> list[list[Annotation]]:
    """Annotations in as few rows as need be, none overlapping another in its row."""
    rows: list[list[Annotation]] = []
    for annotation in sorted(annotations, key=lambda a: (a.start, -a.stop)):
        for row in rows:
            if row[-1].stop <= annotation.start:
                row.append(annotation)
                break
        else:
            rows.append([annotation])
    return rows


def tracks(
    annotations: Sequence[Annotation], colours: Mapping[str, str], *, start: int, stop: int
) -> str:
    """Bars for residues start..stop, 0-based and half-open, on the scale of the sequence."""
    rows = lanes([a for a in annotations if a.start < stop and a.stop > start])
    left_out = sum(map(len, rows[_MOST_LANES:]))
    more = f'<div class="ip-more">{left_out} more annotations</div>' if left_out else ""
    drawn = "".join(
        f'<div class="ip-lane">{"".join(_bar(a, colours, start, stop) for a in row)}</div>'
        for row in rows[:_MOST_LANES]
    )
    return f'<div class="ip-tracks">{drawn}{more}</div>' if rows else ""


def family_key(annotations: Iterable[Annotation], colours: Mapping[str, str]) -> str:
    """What the colours of bars mean: the families among the annotations; "" without any."""
    families = sorted({a.family or "" for a in annotations} & set(colours))
    marks = "".join(
        f'<span><i class="ip-band" style="background:{colours[family]}"></i>{escape(family)}</span>'
        for family in families
    )
    return (
        f'<div class="ip-key" aria-label="Annotations" role="group">{marks}</div>' if marks else ""
    )


def _bar(annotation: Annotation, colours: Mapping[str, str], start: int, stop: int) -> str:
    first, last = max(annotation.start, start), min(annotation.stop, stop)
    colour = colours.get(annotation.family or "", NO_FAMILY)
    kind = " ip-ends" if annotation.ends_only else ""
    # What is cut off by the window has no rounded end there.
    cut = (" ip-cut-left" if annotation.start < start else "") + (
        " ip-cut-right" if annotation.stop > stop else ""
    )
    label = f"{annotation.concept} ({annotation.note})" if annotation.note else annotation.concept
    return (
        f'<b class="ip-bar{kind}{cut}" style="--from:{first - start};--n:{last - first};'
        f'--c:{colour}" title="{escape(f"{label}, {annotation.start + 1}–{annotation.stop}")}">'
        f"<span>{escape(label)}</span></b>"
    )
