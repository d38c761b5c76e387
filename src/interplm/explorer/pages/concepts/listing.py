"""All concepts with the feature that detects each best, beside the best baseline."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.nothing_scored import NOTHING_SCORED
from interplm.explorer.render.exports import exported, table_export
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import (
    concept_link,
    escape,
    feature_link,
    fraction,
    message,
    number,
    section,
    signed,
    table,
)
from interplm.features.database.records import ConceptRow, Pair
from interplm.features.database.words import has_words, words_of

_TITLE = "<h1>Concepts</h1>"
_HEADER = ("Concept", "Family", "Scored by", "Instances", "Best feature",
           f"AP{help_mark('AP')}", "Chance", f"Margin{help_mark('margin')}",
           f"F1{help_mark('F1')}", f"F1 by residue{help_mark('F1 by residue')}")  # fmt: skip


def concept_list(explorer: Explorer, address: Address) -> str:
    """Those whose name, alias or family has the words sought; the best detected first."""
    words = words_of(address.text("q"))
    concepts = [row for row in explorer.reader.concepts if has_words(row, words)]
    if not explorer.reader.concepts:
        return _TITLE + message(NOTHING_SCORED) + _rare(explorer, words)
    best = best_pairs(explorer)
    shown = sorted(
        concepts,
        key=lambda row: (
            row.role != "annotation",
            -best[row.concept].average_precision if row.concept in best else 1,
        ),
    )
    rows = [_row(row, best.get(row.concept)) for row in shown]
    rare = _rare(explorer, words)
    listed = table(_HEADER, rows, numeric=(3, 5, 6, 7, 8, 9)) if rows else ""
    if not rows and not rare:
        return _TITLE + message(
            f"No concept has “{address.text('q')}” in its name, its other names or its family."
        )
    return (
        f'{_TITLE}<p class="ip-lead">Each with the feature that validation proteins chose '
        "for it, measured on test proteins. Controls are random spans, which nothing should find."
        "</p>"
        + section(
            f"{len(rows):,} concepts",
            listed,
            exports=exported(table_export("concepts", {}, "concepts")),
            wide=True,
        )
        + rare
    )


def best_pairs(explorer: Explorer) -> dict[str, Pair]:
    """The SAE's best pair of each concept, of all roles."""
    return {
        pair.concept: pair
        for role in ("annotation", "amino_acid", "control")
        for pair in explorer.reader.best_pairs(role=role)
    }


def _row(row: ConceptRow, pair: Pair | None) -> tuple[str, ...]:
    figures = ("–",) * 6
    if pair is not None:
        figures = (feature_link(pair.feature), fraction(pair.average_precision),
                   number(row.prevalence), signed(pair.margin), fraction(pair.f1),
                   fraction(pair.f1_residue))  # fmt: skip
    aliases = f"<small>also {escape(', '.join(row.aliases))}</small>" if row.aliases else ""
    return (
        f"{concept_link(row.concept)}{aliases}",
        escape(row.family),
        "instances" if row.kind == "domain" else "residues",
        f"{row.n_domains_test:,}",
        *figures,
    )


def _rare(explorer: Explorer, words: list[str]) -> str:
    """Annotated, but too seldom to be scored."""
    found = [row for row in explorer.reader.rare_concepts if has_words(row, words)]
    if not found:
        return ""
    rows = [
        (escape(row.concept), f"{row.n_domains:,}", f"{row.n_proteins:,}", escape(row.reason))
        for row in found[:50]
    ]
    return section(
        f"{len(found):,} too rare to be scored",
        table(("Concept", "Instances", "Proteins", "Why"), rows, numeric=(1, 2)),
        exports=exported(table_export("rare_concepts", {}, "rare-concepts")),
        wide=True,
    )
