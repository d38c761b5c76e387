"""A whole protein on one line: where a feature fires, and where annotations lie."""

from collections.abc import Mapping, Sequence

from interplm.explorer.render.markup import escape
from interplm.explorer.render.tracks import lanes
from interplm.explorer.theme import NO_FAMILY, activation_level
from interplm.features.database.records import Annotation

_WIDTH, _TALL, _LANE, _MOST_LANES = 400, 14, 5, 3
# Narrower marks could not be seen.
_LEAST = 2.0


def overview_track(
    length: int,
    activations: Mapping[int, float],
    annotations: Sequence[Annotation],
    colours: Mapping[str, str],
) -> str:
    """The protein from end to end as SVG.

    Args:
        length: residues of the protein.
        activations: 0-based residue to fraction of the maximum.
        annotations: of the protein.
        colours: of concept families.
    """
    unit = _WIDTH / length
    # The strongest are drawn last, over their neighbours.
    marks = "".join(
        _mark(residue * unit, max(unit, _LEAST), 0, _TALL, f"var(--ip-a{activation_level(value)})")
        for residue, value in sorted(activations.items(), key=lambda item: item[1])
    )
    rows = lanes(annotations)[:_MOST_LANES]
    bars = "".join(
        _mark(
            a.start * unit,
            max((a.stop - a.start) * unit, _LEAST),
            _TALL + 4 + lane * (_LANE + 1),
            _LANE,
            colours.get(a.family or "", NO_FAMILY),
            f"{a.concept}, {a.start + 1}–{a.stop}",
        )
        for lane, row in enumerate(rows)
        for a in row
    )
    height = _TALL + 4 + len(rows) * (_LANE + 1)
    return (
        f'<svg class="ip-overview" viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none" '
        f'role="img" aria-label="where the feature fires in all {length:,} residues">'
        f'<rect width="{_WIDTH}" height="{_TALL}" class="ip-ground"/>{marks}{bars}</svg>'
    )


def _mark(x: float, width: float, y: float, height: float, fill: str, title: str = "") -> str:
    said = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{min(x, _WIDTH - width):.2f}" width="{width:.2f}" y="{y}" height="{height}" '
        f'fill="{fill}">{said}</rect>'
    )
