"""The proteins that the best feature of a concept finds, misses and adds, over all of them."""

from collections.abc import Sequence

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.render.exports import exported, table_export
from interplm.explorer.render.markup import (
    data,
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
)
from interplm.explorer.render.pager import pager
from interplm.features.database.records import ProteinVerdict

VERDICTS = ("missed", "extra", "found")
_TITLES = {
    "missed": "Missed",
    "extra": "Extra",
    "found": "Found",
}
_MEANINGS = {
    "missed": "annotated, and the feature stays below its threshold there",
    "extra": "the feature fires though nothing is annotated: the annotation may be missing",
    "found": "the feature fires within an annotated instance",
}


def verdicts(explorer: Explorer, address: Address) -> str:
    """One of the three lists, the strongest first, with the counts of all three."""
    concept = explorer.concept(address.text("concept"))
    if concept is None:
        return ""
    counts = explorer.reader.n_verdicts(concept.concept)
    if not counts:
        return ""
    verdict = address.choice("verdict", VERDICTS)
    total = counts.get(verdict, 0)
    page = min(max(0, (address.number("page") or 1) - 1), max(0, (total - 1) // explorer.n_rows))
    rows = explorer.reader.verdicts(
        concept.concept, verdict, limit=explorer.n_rows, offset=page * explorer.n_rows
    )
    feature = _feature(explorer, concept.concept)
    body = (
        _table(explorer, rows)
        if rows
        else message(f"None: no protein is {verdict} by this feature.")
    )
    return section(
        "",
        _tabs(counts, verdict)
        + f'<p class="ip-note">{escape(_MEANINGS[verdict])}, in validation and test proteins</p>'
        + body
        + f'<div class="ip-bar-row">{pager(page, max(0, (total - 1) // explorer.n_rows))}</div>',
        link=f"Proteins by {feature_link(feature)}, the best feature" if feature is not None
        else "Proteins",
        exports=exported(
            table_export("verdicts", {"concept": concept.concept},
                         f"proteins-{concept.concept}")
        ),
        wide=True,
    )  # fmt: skip


def concept_with_verdicts(explorer: Explorer, name: str) -> tuple[str, dict[str, int]]:
    """A concept by its name or an alias, and how many proteins each verdict has.

    Raises:
        UserError: if there is none, or none of its proteins are kept.
    """
    concept = explorer.known_concept(name).concept
    counts = explorer.reader.n_verdicts(concept)
    if not counts:
        raise UserError(
            "Found, missed and extra proteins are kept of annotations that a feature detects, not "
            f"of {concept}."
        )
    return concept, counts


def _feature(explorer: Explorer, concept: str) -> int | None:
    """Whose verdicts they are."""
    for verdict in VERDICTS:
        for row in explorer.reader.verdicts(concept, verdict, limit=1):
            return row.feature
    return None


def _tabs(counts: dict[str, int], chosen: str) -> str:
    buttons = "".join(
        f'<button type="button" aria-pressed="{str(verdict == chosen).lower()}" '
        f'data-go="{data({"verdict": verdict, "page": None})}">{_TITLES[verdict]} '
        f"{counts.get(verdict, 0):,}</button>"
        for verdict in VERDICTS
    )
    return f'<div class="ip-choice" role="group" aria-label="Which proteins">{buttons}</div>'


def _table(explorer: Explorer, rows: Sequence[ProteinVerdict]) -> str:
    proteins = explorer.reader.proteins([row.accession for row in rows])
    cells = [
        (
            feature_link(row.feature, row.accession, accession=row.accession),
            escape(proteins[row.accession].name if row.accession in proteins else ""),
            fraction(row.strength),
            f"{row.n_found:,} of {row.n_domains:,}",
            f"{row.n_outside:,}",
            escape(proteins[row.accession].cluster if row.accession in proteins else ""),
            escape(proteins[row.accession].split if row.accession in proteins else ""),
        )
        for row in rows
    ]
    header = ("Protein", "Name", "Strength", "Instances found", "Residues outside", "Family",
              "Split")  # fmt: skip
    return table(header, cells, numeric=(2, 3, 4))
