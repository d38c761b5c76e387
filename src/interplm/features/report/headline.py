"""The figures that come first, the same in log, report and explorer.

A figure of the SAE never stands without the same figure of every baseline, and where a baseline is
ahead a sentence says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interplm.features.database.records import Difference, RepresentationSummary
from interplm.features.encoding.names import NAMES, SAE, baseline_of, is_baseline, order

# Rows of the table: what people read, the field of the summary, and digits after the point.
MEASURES = (
    ("mean average precision", "mean_average_precision", 3),
    ("concepts covered, by instance", "n_covered", 0),
    ("the same, corrected for a detector that always fires", "n_covered_corrected", 0),
    ("concepts covered, by residue", "n_covered_residue", 0),
    ("mean best F1", "mean_f1", 3),
    ("features with a concept", "n_features_with_concept", 0),
    ("controls covered", "n_controls_covered", 0),
    ("amino acids covered", "n_amino_acids_covered", 0),
    ("features that fire on a residue (L0)", "l0", 1),
    ("features silent on the scored proteins", "n_silent", 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One representation, or the mean over the seeds of one.

    Attributes:
        name: key of `interplm.features.encoding.names.NAMES`.
        seeds: the summary of each seed, in order.
        difference: the SAE less it; None for the SAE itself and the linear probe.
    """

    name: str
    seeds: tuple[RepresentationSummary, ...]
    difference: Difference | None

    @property
    def title(self) -> str:
        """What people read."""
        return NAMES.get(self.name, self.name)

    def mean(self, measure: str) -> float:
        """Of a field of the summaries."""
        values = [float(getattr(seed, measure)) for seed in self.seeds]
        return sum(values) / len(values)

    def interval(self) -> tuple[float, float]:
        """Of the mean average precision: over clusters of proteins, or over the seeds."""
        if len(self.seeds) > 1:
            values = [seed.mean_average_precision for seed in self.seeds]
            return min(values), max(values)
        (seed,) = self.seeds
        return seed.mean_average_precision_low, seed.mean_average_precision_high

    def text(self, measure: str, digits: int) -> str:
        """A figure with the range over seeds where there are several."""
        values = [float(getattr(seed, measure)) for seed in self.seeds]
        mean = f"{self.mean(measure):,.{digits}f}"
        if len(values) == 1 or min(values) == max(values):
            return mean
        return f"{mean} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def headlines(
    summaries: Iterable[RepresentationSummary], differences: Iterable[Difference]
) -> list[Headline]:
    """One row for the SAE, each baseline and the ceiling, in the order in which they are shown."""
    found = {row.baseline: row for row in differences}
    groups: dict[str, list[RepresentationSummary]] = {}
    for row in sorted(summaries, key=lambda row: order(row.representation)):
        groups.setdefault(baseline_of(row.representation), []).append(row)
    return [
        Headline(name=name, seeds=tuple(seeds), difference=found.get(name))
        for name, seeds in groups.items()
    ]


def log_lines(rows: Sequence[Headline]) -> list[str]:
    """The headline in a few lines for the log."""
    sae = rows[0].seeds[0]
    if not sae.n_concepts:
        return ["No annotation has enough instances to be scored; amino acids alone are."]
    return [
        f"Mean average precision over {sae.n_concepts:,} distinct concepts (chance "
        f"{sae.mean_chance:.3f}): {'; '.join(map(_with_interval, rows))}",
        "Concepts covered on test proteins (F1 above 0.5), by instance and by residue: "
        + "; ".join(
            f"{row.title} {row.text('n_covered', 0)} and {row.text('n_covered_residue', 0)}"
            for row in rows
        ),
        *sentences(rows),
    ]


def sentences(rows: Sequence[Headline]) -> list[str]:
    """What has to be said of the comparison: who is ahead, how surely, and the controls."""
    said = [_of_difference(row.title, row.difference) for row in rows if row.difference is not None]
    if not said:
        said = ["Nothing is compared with the SAE: its figures say little alone."]
    return said + _of_controls(rows)


def _of_difference(title: str, difference: Difference) -> str:
    over = (
        f"(95 % over clusters of proteins {difference.clusters_low:.3f} to "
        f"{difference.clusters_high:.3f}, over concepts {difference.concepts_low:.3f} to "
        f"{difference.concepts_high:.3f})"
    )
    by = f"by {abs(difference.difference):.3f} {over}"
    of = f"of {difference.n_concepts:,} concepts"
    if difference.difference < 0:
        return f"A baseline is ahead of the SAE: {title} {by}, on {difference.n_behind:,} {of}."
    doubt = ""
    if min(difference.clusters_low, difference.concepts_low) <= 0:
        doubt = " This lead is not certain: an interval includes none."
    return f"Against {title} the SAE is ahead {by}, on {difference.n_ahead:,} {of}.{doubt}"


def _of_controls(rows: Sequence[Headline]) -> list[str]:
    sae = rows[0].seeds[0]
    if not sae.n_controls:
        return []
    covered = [
        f"{row.title} {row.text('n_controls_covered', 0)}"
        for row in rows
        if any(seed.n_controls_covered for seed in row.seeds)
    ]
    if not covered:
        return [f"None of {sae.n_controls:,} controls of random spans is covered by anything."]
    return [
        f"Of {sae.n_controls:,} controls of random spans, which must stay empty, some are covered: "
        f"{', '.join(covered)}."
    ]


def _with_interval(row: Headline) -> str:
    low, high = row.interval()
    if len(row.seeds) > 1:
        return f"{row.title} {row.text('mean_average_precision', 3)} over {len(row.seeds)} seeds"
    ceiling = "" if row.name == SAE or is_baseline(row.name) else " (ceiling)"
    return f"{row.title}{ceiling} {row.mean('mean_average_precision'):.3f} [{low:.3f}, {high:.3f}]"
