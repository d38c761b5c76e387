"""Annotations that go on past the end of their sequence."""

from dataclasses import replace

from interplm.concepts.spans import AnnotatedProtein, ConceptSpan, RejectedAnnotation

Place = tuple[int, int]


def clip(place: Place, n_residues: int, *, ends_only: bool) -> tuple[Place | None, str]:
    """What of a place lies in the sequence, and what is to be said of the rest.

    Args:
        place: first residue, 0-based, and one past the last.
        n_residues: of the sequence.
        ends_only: the place stands for its two ends, of which one may be left.

    Returns:
        The place, or None where nothing of it is left; and a remark, "" where it is whole.
    """
    start, stop = place
    if stop <= n_residues:
        return place, ""
    remark = f"it ends at {stop}, the sequence has {n_residues} residues"
    if start >= n_residues:
        return None, remark
    if ends_only:
        return (start, start + 1), f"{remark}: only its first end is taken"
    return (start, n_residues), f"{remark}: clipped"


def within(
    protein: AnnotatedProtein, n_residues: int
) -> tuple[AnnotatedProtein, list[RejectedAnnotation]]:
    """A protein with its spans clipped to the sequence, and what was clipped or set aside."""
    spans: list[ConceptSpan] = []
    remarks: list[RejectedAnnotation] = []
    for span in protein.spans:
        place, remark = clip((span.start, span.stop), n_residues, ends_only=span.ends_only)
        if remark:
            remarks.append(
                RejectedAnnotation(
                    accession=protein.accession,
                    field=span.concept,
                    reason=remark,
                    piece=f"{span.start + 1}..{span.stop}",
                    line=protein.line,
                )
            )
        if place is not None:
            spans.append(span if not remark else replace(span, start=place[0], stop=place[1]))
    return (replace(protein, spans=tuple(spans)) if remarks else protein), remarks
