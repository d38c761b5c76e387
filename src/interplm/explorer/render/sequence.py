"""Sequences coloured residue by residue, with annotation tracks on the same scale."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from interplm.explorer.render.markup import data, escape
from interplm.explorer.render.tracks import tracks
from interplm.explorer.theme import N_LEVELS, activation_level
from interplm.features.database.records import Annotation


def sequence_strip(
    sequence: str,
    activations: Mapping[int, float],
    annotations: Sequence[Annotation],
    colours: Mapping[str, str],
    *,
    start: int,
    stop: int,
    pad: int = 0,
    mark: int | None = None,
    accession: str = "",
    thin: bool = False,
) -> str:
    """Residues start..stop in one line, the annotations that touch them beneath.

    Number, amino acid, activation and annotations of a residue show on hover; they travel as one
    attribute of the strip, not with each residue.

    Args:
        sequence: of the whole protein.
        activations: 0-based residue to fraction of the maximum, where the feature fires.
        annotations: of the protein.
        colours: of concept families.
        start: first residue shown, 0-based.
        stop: one past the last.
        pad: empty places before the first, which align strips with one another.
        mark: residue to be outlined, the peak.
        accession: of the protein, by which pictures of it find one another.
        thin: annotations as lines alone, without their names.
    """
    letters = "".join(
        _residue(
            sequence[residue], activation_level(activations.get(residue, 0.0)), residue == mark
        )
        for residue in range(start, stop)
    )
    shown = {
        residue: round(value, 3)
        for residue, value in activations.items()
        if start <= residue < stop
    }
    return (
        f'<div class="ip-strip{" ip-thin" if thin else ""}" style="--pad:{pad}" '
        f'data-start="{start}" data-accession="{escape(accession)}" '
        f'data-activations="{data(shown)}" data-spans="{data(_spans(annotations, start, stop))}">'
        f'<div class="ip-residues" tabindex="0" role="img" '
        f'aria-label="{_said(sequence, activations, start, stop)}">{letters}</div>'
        f"{tracks(annotations, colours, start=start, stop=stop)}</div>"
    )


def _said(sequence: str, activations: Mapping[int, float], start: int, stop: int) -> str:
    """The strip for those who do not see it: residues, and where the feature is strongest."""
    inside = {r: value for r, value in activations.items() if start <= r < stop}
    text = f"Residues {start + 1} to {stop}: {sequence[start:stop]}"
    if not inside:
        return escape(f"{text}; silent here. Arrow keys read residue by residue.")
    peak = max(inside, key=lambda residue: inside[residue])
    return escape(
        f"{text}; {len(inside)} fire, strongest at {sequence[peak]}{peak + 1} with "
        f"{inside[peak]:.2f}. Arrow keys read residue by residue."
    )


def whole_sequence(
    sequence: str,
    activations: Mapping[int, float],
    annotations: Sequence[Annotation],
    colours: Mapping[str, str],
    *,
    per_line: int = 60,
    changeable: Sequence[str] = (),
    accession: str = "",
    first: int = 0,
) -> str:
    """The protein in lines, each numbered at its first residue and with its tracks.

    Args:
        sequence: residues.
        activations: 0-based residue to fraction of the maximum, where the feature fires.
        annotations: of the protein.
        colours: of concept families.
        per_line: residues in a line.
        changeable: what a click on each residue offers to change, as K23; "" for nothing.
        accession: of the protein.
        first: residue whose line is in view at first.
    """
    lines = []
    for start in range(0, len(sequence), per_line):
        stop = min(start + per_line, len(sequence))
        strip = sequence_strip(
            sequence, activations, annotations, colours, start=start, stop=stop,
            accession=accession, thin=True,
        )  # fmt: skip
        shown = ' data-in-view="1"' if start <= first < stop and first else ""
        lines.append(
            f'<div class="ip-line"{shown}><span class="ip-ruler">{start + 1}</span>{strip}</div>'
        )
    changes = f' data-changeable="{data(list(changeable))}"' if changeable else ""
    return f'<div class="ip-scroll ip-whole" tabindex="0"{changes}>{"".join(lines)}</div>'


def difference_legend() -> str:
    """The scale of differences, from less to more of the maximum."""
    less = "".join(f'<i class="less{level}"></i>' for level in range(N_LEVELS, 0, -1))
    more = "".join(f'<i class="more{level}"></i>' for level in range(1, N_LEVELS + 1))
    return (
        '<div class="ip-legend" role="img" aria-label="colour scale of differences">'
        f"<span>−1, less</span><span class='ip-steps'>{less}{more}</span><span>+1, more</span>"
        "</div>"
    )


def activation_legend(maximum: str) -> str:
    """The scale of activations from 0 to the feature's maximum."""
    steps = "".join(f'<i class="a{level}"></i>' for level in range(1, N_LEVELS + 1))
    return (
        '<div class="ip-legend" role="img" aria-label="colour scale of the activation">'
        f"<span>0</span><span class='ip-steps'>{steps}</span><span>{escape(maximum)}</span></div>"
    )


# A page has a thousand residues and few that differ.
@lru_cache(4096)
def _residue(letter: str, level: int, is_marked: bool) -> str:
    classes = ([f"a{level}"] if level else []) + (["m"] if is_marked else [])
    attribute = f' class="{" ".join(classes)}"' if classes else ""
    return f"<i{attribute}>{escape(letter)}</i>"


def _spans(annotations: Sequence[Annotation], start: int, stop: int) -> list[list[object]]:
    return [
        [a.start, a.stop, int(a.ends_only), f"{a.concept} ({a.note})" if a.note else a.concept]
        for a in annotations
        if a.start < stop and a.stop > start
    ]
