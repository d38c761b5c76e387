"""What the pages show as tables of values: in full precision, one value a cell."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.verdicts import VERDICTS
from interplm.explorer.pages.feature.effect import effect_of
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.your_protein.answer import changes_of, ranked_of
from interplm.explorer.pages.your_protein.asked import Asked, asked, region
from interplm.explorer.pages.your_protein.given import chosen_protein, encoder_of
from interplm.explorer.pages.your_protein.saturation import saturate
from interplm.explorer.render.csv_text import csv_text
from interplm.proteins.alphabet import STANDARD

# Cells are numbers and texts of many types, hence Any.
Rows = tuple[Sequence[str], Iterable[Sequence[Any]]]
# More than any list holds.
_ALL = 1_000_000


def table_csv(explorer: Explorer, name: str, arguments: dict[str, Any]) -> str:
    """One of `TABLES` as CSV.

    Raises:
        UserError: for a table that there is not, or arguments that it does not take.
    """
    if name not in TABLES:
        raise UserError(f"There is no table {name[:40]!r}; there are {', '.join(TABLES)}.")
    header, rows = TABLES[name](explorer, Given(arguments))
    return csv_text(header, rows)


class Given:
    """Arguments as JSON gave them; each is checked when it is taken."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._arguments = arguments

    def number(self, name: str) -> int:
        """A whole number.

        Raises:
            UserError: if it is missing or no number.
        """
        value = self._arguments.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UserError(f"{name} must be a whole number, got {value!r}.")
        return value

    def text(self, name: str) -> str:
        """A text; raises as `number` does."""
        value = self._arguments.get(name)
        if not isinstance(value, str):
            raise UserError(f"{name} must be a text, got {value!r}.")
        return value

    def feature(self, explorer: Explorer) -> int:
        """A number of a feature that there is; raises as `number` does."""
        feature = self.number("feature")
        return explorer.known_feature(feature).feature

    def address(self) -> Address:
        """The texts among them as an address of Your protein."""
        return Address({k: v for k, v in self._arguments.items() if isinstance(v, str)})

    def asked(self, explorer: Explorer) -> Asked:
        """The protein asked for; raises as `number` does."""
        found = asked(explorer, self.address())
        if found is None:
            raise UserError("protein is missing: give an accession, a sequence or FASTA records.")
        return found


def _records(records: Sequence[Any]) -> Rows:
    """Records of the database, their fields as columns; lists are joined."""
    if not records:
        return (), ()
    header = [field.name for field in fields(records[0])]
    return header, ([_joined(v) for v in astuple(record)] for record in records)


def _joined(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, tuple) else value


def _histogram(explorer: Explorer, given: Given) -> Rows:
    feature = explorer.known_feature(given.number("feature"))
    n = max(1, len(feature.histogram))
    return ("from", "to", "residues"), (
        (i / n, (i + 1) / n, count) for i, count in enumerate(feature.histogram)
    )


def _motif(explorer: Explorer, given: Given) -> Rows:
    motif = feature_motif(explorer, given.feature(explorer))
    header = ("position", "n", "bits", *(f"bits_{a}" for a in STANDARD),
              *(f"log2_odds_{a}" for a in STANDARD))  # fmt: skip
    return header, (
        (index - explorer.logo_reach, p.n, p.information, *p.heights.values(),
         *p.log_odds.values())
        for index, p in enumerate(motif.positions)
    )  # fmt: skip


def _effect(explorer: Explorer, given: Given) -> Rows:
    encoder_of(explorer)
    found = effect_of(explorer, given.feature(explorer))
    return ("amino_acid", "log_odds_nats"), zip(STANDARD, found.log_odds.tolist(), strict=True)


def _verdicts(explorer: Explorer, given: Given) -> Rows:
    concept = given.text("concept")
    found = [row for v in VERDICTS for row in explorer.reader.verdicts(concept, v)]
    proteins = explorer.reader.proteins([row.accession for row in found])
    header, rows = _records(found)
    return (*header, "name", "cluster", "split"), (
        (*row, *((p.name, p.cluster, p.split) if p is not None else ("", "", "")))
        for row, p in zip(rows, (proteins.get(r.accession) for r in found), strict=True)
    )


def _map(explorer: Explorer, given: Given) -> Rows:
    names = ("feature", "x", "y", "label", "family", "average_precision", "density")
    columns = explorer.reader.columns(*names)
    return names, zip(*(columns[name] for name in names), strict=True)


def _strongest(explorer: Explorer, given: Given) -> Rows:
    found = given.asked(explorer)
    ranked = ranked_of(explorer, given.address(), found, _ALL)
    header = ("feature", "label", "evidence", "maximum", "mean", "extent", "peak_residue",
              "peak_amino_acid")  # fmt: skip
    return header, (
        (r.feature, explorer.label(r.feature), explorer.strength(r.feature), r.maximum, r.mean,
         r.extent, r.peak + 1, found.protein.sequence[r.peak])
        for r in ranked
    )  # fmt: skip


def _activations(explorer: Explorer, given: Given) -> Rows:
    found = given.asked(explorer)
    ranked = ranked_of(explorer, given.address(), found, _ALL)
    numbers = [r.feature for r in ranked]
    values = found.features.of_many(numbers)[:, found.start : found.stop].T
    header = ("residue", "amino_acid", *(f"f{n}" for n in numbers))
    return header, (
        (place + 1, found.protein.sequence[place], *row)
        for place, row in zip(range(found.start, found.stop), values.tolist(), strict=True)
    )


def _changes(explorer: Explorer, given: Given) -> Rows:
    found = _compared(explorer, given)
    comparison = found.comparison
    assert comparison is not None
    changes = changes_of(explorer, found)
    header = ("feature", "label", "evidence", "kind", "maximum_before", "maximum_after", "at",
              "before", "after", "change")  # fmt: skip
    return header, (
        (c.feature, explorer.label(c.feature), explorer.strength(c.feature), c.kind,
         c.maximum_before, c.maximum_after, comparison.name(c.column), c.before, c.after, c.change)
        for c in changes
    )  # fmt: skip


def _differences(explorer: Explorer, given: Given) -> Rows:
    found = _compared(explorer, given)
    comparison = found.comparison
    assert comparison is not None
    numbers = [c.feature for c in changes_of(explorer, found)]
    values = comparison.differences[:, numbers].toarray()
    header = ("residue_before", "residue_after", "name", *(f"f{n}" for n in numbers))
    return header, (
        ("" if before is None else before + 1, "" if after is None else after + 1,
         comparison.name(index), *values[index].tolist())
        for index, (before, after) in enumerate(comparison.columns)
    )  # fmt: skip


def _compared(explorer: Explorer, given: Given) -> Asked:
    found = given.asked(explorer)
    if found.comparison is None:
        raise UserError("Give mutations or another sequence to compare with.")
    return found


def _substitutions(explorer: Explorer, given: Given) -> Rows:
    protein = chosen_protein(explorer, given.address())
    if protein is None:
        raise UserError("protein is missing: give an accession, a sequence or FASTA records.")
    feature = given.feature(explorer)
    start, stop = region(given.text("region"), len(protein.sequence))
    changes = saturate(encoder_of(explorer), protein.sequence, feature, start=start, stop=stop)
    header = ("residue", "amino_acid", *STANDARD)
    return header, (
        (place + 1, protein.sequence[place], *changes[:, place - start].tolist())
        for place in range(start, stop)
    )


def _concept_pairs(explorer: Explorer, given: Given) -> Rows:
    return _records(explorer.reader.pairs(concept=given.text("concept")))


def _scores(explorer: Explorer, given: Given) -> Rows:
    return _records(explorer.reader.scores(given.text("concept"), given.feature(explorer)))


TABLES: dict[str, Callable[[Explorer, Given], Rows]] = {
    "representations": lambda explorer, _: _records(list(explorer.reader.summaries.values())),
    "differences_of_baselines": lambda explorer, _: _records(explorer.reader.differences),
    "concepts": lambda explorer, _: _records(explorer.reader.concepts),
    "rare_concepts": lambda explorer, _: _records(explorer.reader.rare_concepts),
    "concept_pairs": _concept_pairs,
    "scores": _scores,
    "verdicts": _verdicts,
    "map": _map,
    "histogram": _histogram,
    "motif": _motif,
    "pairs": lambda e, given: _records(e.reader.pairs(feature=given.feature(e))),
    "similar": lambda e, given: _records(e.reader.similar(given.feature(e), _ALL)),
    "coactive": lambda e, given: _records(e.reader.coactive(given.feature(e), _ALL)),
    "enrichment": lambda e, given: _records(e.reader.enrichment(given.feature(e), _ALL)),
    "effect": _effect,
    "strongest": _strongest,
    "activations": _activations,
    "changes": _changes,
    "differences": _differences,
    "substitutions": _substitutions,
}
