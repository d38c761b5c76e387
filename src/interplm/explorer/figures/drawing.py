"""The figures by name."""

from collections.abc import Callable, Sequence
from math import dist
from typing import Any

import numpy as np

from interplm.errors import UserError
from interplm.explorer.context import Explorer
from interplm.explorer.evidence import chosen_others
from interplm.explorer.figures.canvas import (
    FORMATS,
    WIDTH,
    activation_colours,
    difference_colours,
    draw_letters,
    render,
)
from interplm.explorer.figures.strips import draw_strips
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.your_protein.answer import N_RANKED, changes_of, ranked_of
from interplm.explorer.pages.your_protein.asked import region
from interplm.explorer.pages.your_protein.given import encoder_of
from interplm.explorer.pages.your_protein.saturation import saturate
from interplm.explorer.render.curve import markers
from interplm.explorer.render.logo import LETTER_COLOURS
from interplm.explorer.tables import FEATURE, PAIR, PROTEIN, SUBSTITUTIONS, Given
from interplm.explorer.theme import (
    N_LEVELS,
    NO_FAMILY,
    OTHER_FAMILY,
    activation_level,
    difference_level,
)
from interplm.features.database.records import Score
from interplm.features.encoding.names import baseline_of, display_name
from interplm.proteins.alphabet import STANDARD

# Labels of thresholds nearer than this, in recall and precision, would cover one another.
_APART = 0.08
# Inches, of a heat map: the label of its scale is as long however few the rows.
_LEAST_HEIGHT = 1.9
# Draws on a figure of Matplotlib's, hence Any, and says its size in inches.
Drawing = tuple[Callable[[Any], None], tuple[float, float]]


def draw_figure(explorer: Explorer, name: str, arguments: dict[str, Any], kind: str) -> bytes:
    """One of `FIGURES`.

    Args:
        explorer: of the run.
        name: of the figure.
        arguments: what it shows; Any: as JSON gave them.
        kind: svg, pdf or png.

    Raises:
        UserError: for a figure or format that there is not, or arguments that it does not take.
    """
    if name not in FIGURES or kind not in FORMATS:
        raise UserError(
            f"There is no figure {name[:40]!r} as {kind[:10]!r}; there are {', '.join(FIGURES)} as "
            f"{', '.join(FORMATS)}."
        )
    drawn, takes = FIGURES[name]
    draw, size = drawn(explorer, Given(arguments, takes))
    return render(draw, size=size, kind=kind)


def _logo(explorer: Explorer, given: Given) -> Drawing:
    motif = feature_motif(explorer, given.feature(explorer))
    if not motif.positions:
        raise UserError("This feature has no proteins, so there is no logo.")
    reach = explorer.logo_reach

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        stacks = [sorted(p.heights.items(), key=lambda item: item[1]) for p in motif.positions]
        draw_letters(axes, stacks, LETTER_COLOURS)
        axes.set_xlim(-0.6, len(stacks) - 0.4)
        axes.set_ylim(0, max(1.0, *(p.information for p in motif.positions)) * 1.05)
        ticks = list(range(0, len(stacks), 5))
        axes.set_xticks(ticks, [str(t - reach) if t != reach else "peak" for t in ticks])
        axes.set(xlabel="residues from the peak", ylabel="bits")
        axes.set_title(
            f"{motif.n_proteins} proteins of {motif.n_families} families", fontsize=8, loc="left"
        )

    return draw, (WIDTH / 2, 1.8)


def _histogram(explorer: Explorer, given: Given) -> Drawing:
    feature = explorer.known_feature(given.number("feature"))
    counts = np.array(feature.histogram or [0])

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        edges = np.linspace(0, feature.scale, len(counts) + 1)
        axes.bar(edges[:-1], counts, width=np.diff(edges) * 0.9, align="edge", color="#0b5c6b")
        axes.set_yscale("symlog", linthresh=1)
        axes.set(xlabel=f"activation of f/{feature.feature}", ylabel="residues")

    return draw, (WIDTH / 2, 2.0)


def _precision_recall(explorer: Explorer, given: Given) -> Drawing:
    scores = given.scores(explorer)
    concept, feature = scores[0].concept, scores[0].feature
    scores = [score for score in scores if not score.is_silent]
    others = chosen_others(explorer.reader.pairs(concept=concept))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot([s.recall for s in scores], [s.precision for s in scores], "o-", color="#0b5c6b",
                  ms=3, lw=1)  # fmt: skip
        for score in _apart(scores):
            axes.annotate(f"{score.threshold:.2f}", (score.recall, score.precision), (4, 3),
                          textcoords="offset points", fontsize=6)  # fmt: skip
        for name, marker in markers(others).items():
            seeds = [p for p in others if baseline_of(p.representation) == name]
            axes.plot([p.recall for p in seeds], [p.precision for p in seeds], marker, mfc="none",
                      color="#566273", ms=4, label=display_name(name))  # fmt: skip
        if others:
            axes.legend(frameon=False, fontsize=6, loc="lower left")
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        axes.set_title(f"f/{feature} · {concept}", fontsize=8, loc="left")

    return draw, (WIDTH / 2, 2.8)


def _apart(scores: Sequence[Score]) -> list[Score]:
    """Those whose labels would not cover one another."""
    kept: list[Score] = []
    for score in scores:
        if not kept or dist(_place(score), _place(kept[-1])) > _APART:
            kept.append(score)
    return kept


def _place(score: Score) -> tuple[float, float]:
    return score.recall, score.precision


def _map(explorer: Explorer, given: Given) -> Drawing:
    columns = explorer.reader.columns("x", "y", "family")
    colours = [explorer.colours.get(family, NO_FAMILY) for family in columns["family"]]
    named = {f: c for f, c in explorer.colours.items() if c != OTHER_FAMILY}
    if len(named) < len(explorer.colours):
        named["other families"] = OTHER_FAMILY
    named["no concept"] = NO_FAMILY

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        # Features with a concept lie on top of those without.
        order = sorted(range(len(colours)), key=lambda i: colours[i] != NO_FAMILY)
        axes.scatter(
            [columns["x"][i] for i in order], [columns["y"][i] for i in order],
            c=[colours[i] for i in order], s=4, lw=0, rasterized=len(order) > 2000,
        )  # fmt: skip
        for family, colour in named.items():
            axes.scatter([], [], c=colour, s=12, label=family)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
        axes.set_axis_off()
        axes.set_title(f"{len(colours):,} features, {explorer.title()}", fontsize=8, loc="left")

    return draw, (WIDTH, 4.6)


def _activations(explorer: Explorer, given: Given) -> Drawing:
    found = given.asked(explorer)
    ranked = ranked_of(explorer, given.address(), found, N_RANKED)
    numbers = [r.feature for r in ranked]
    values = found.features.of_many(numbers)[:, found.start : found.stop]
    names = [f"f/{n} {explorer.label(n)}"[:48] for n in numbers]
    letters = found.protein.sequence[found.start : found.stop]
    title = f"{found.protein.accession}, residues {found.start + 1} to {found.stop}"
    places = range(found.start + 1, found.stop + 1)
    return _heat(values, names, letters, numbers=places, title=title)


def _differences(explorer: Explorer, given: Given) -> Drawing:
    found = given.asked(explorer)
    if found.comparison is None:
        raise UserError("Give mutations or another sequence to compare with.")
    numbers = [c.feature for c in changes_of(explorer, found)[:N_RANKED]]
    values = found.comparison.differences[:, numbers].toarray().T
    names = [f"f/{n} {explorer.label(n)}"[:48] for n in numbers]
    letters = "".join(
        found.comparison.after.sequence[after] if after is not None
        else found.comparison.before.sequence[before or 0].lower()
        for before, after in found.comparison.columns
    )  # fmt: skip
    title = f"{found.other[:60]} less {found.protein.accession}"
    # As on the page, residues are numbered as in the first sequence.
    places = [None if before is None else before + 1 for before, _ in found.comparison.columns]
    return _heat(values, names, letters, numbers=places, title=title, is_difference=True)


def _substitutions(explorer: Explorer, given: Given) -> Drawing:
    protein = given.protein(explorer)
    feature = given.feature(explorer)
    start, stop = region(given.text("region"), len(protein.sequence))
    values = saturate(encoder_of(explorer), protein.sequence, feature, start=start, stop=stop)
    title = f"f/{feature} {explorer.label(feature)} in {protein.accession}, by substitution"
    letters, places = protein.sequence[start:stop], range(start + 1, stop + 1)
    return _heat(values, list(STANDARD), letters, numbers=places, title=title, is_difference=True)


def _heat(
    values: np.ndarray, names: list[str], letters: str, *, numbers: Sequence[int | None],
    title: str, is_difference: bool = False,
) -> Drawing:  # fmt: skip
    if not values.size:
        raise UserError("There is nothing to draw: no feature of this kind fires here.")

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        level = difference_level if is_difference else activation_level
        colours = difference_colours() if is_difference else activation_colours()
        half = 0.5 / N_LEVELS
        image = axes.imshow(
            np.vectorize(level, otypes=[float])(values) / N_LEVELS, aspect="auto", cmap=colours,
            vmin=(-1 if is_difference else 0) - half, vmax=1 + half, interpolation="nearest",
        )  # fmt: skip
        axes.set_yticks(range(len(names)), names, fontsize=6)
        if len(letters) <= 80:
            axes.set_xticks(
                range(len(letters)), list(letters), fontsize=5, family="DejaVu Sans Mono"
            )
            axes.set_xlabel(f"from residue {next(filter(None, numbers), 1)}", fontsize=6)
        else:
            ticks = {n: column for column, n in enumerate(numbers) if n and n % 50 == 0}
            axes.set_xticks(list(ticks.values()), list(map(str, ticks)))
        axes.set_title(title, fontsize=8, loc="left")
        label = "change of activation" if is_difference else "activation"
        figure.colorbar(image, ax=axes, label=f"{label},\nshare of the maximum")

    return draw, (WIDTH, max(_LEAST_HEIGHT, 1.0 + 0.16 * len(names)))


# Each with the names of the arguments that it takes.
FIGURES: dict[str, tuple[Callable[[Explorer, Given], Drawing], Sequence[str]]] = {
    "logo": (_logo, FEATURE),
    "histogram": (_histogram, FEATURE),
    "precision_recall": (_precision_recall, PAIR),
    "map": (_map, ()),
    "strips": (draw_strips, ("feature", "bucket", "align")),
    "activations": (_activations, PROTEIN),
    "differences": (_differences, PROTEIN),
    "substitutions": (_substitutions, SUBSTITUTIONS),
}
