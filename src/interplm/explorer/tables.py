"""What the pages show as tables of values: in full precision, one value a cell."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.verdicts import VERDICTS, concept_with_verdicts
from interplm.explorer.pages.feature.effect import effect_of
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.your_protein.answer import changes_of, ranked_of
from interplm.explorer.pages.your_protein.asked import SHOWN, Asked, asked, region
from interplm.explorer.pages.your_protein.given import encoder_of, one_protein
from interplm.explorer.pages.your_protein.ranking import MEASURES
from interplm.explorer.pages.your_protein.saturation import saturate
from interplm.explorer.render.csv_text import csv_text
from interplm.features.database.records import Score
from interplm.proteins.alphabet import STANDARD
from interplm.proteins.records import ProteinRecord

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
    made, takes = TABLES[name]
    header, rows = made(explorer, Given(arguments, takes))
    return csv_text(header, rows)


class Given:
    """Arguments as JSON gave them; the value of each is checked when it is taken.

    Args:
        arguments: by name.
        takes: names of those that mean anything.

    Raises:
        UserError: for another name.
    """

    def __init__(self, arguments: dict[str, Any], takes: Sequence[str]) -> None:
        for name in arguments:
            if name not in takes:
                known = f"there are {', '.join(takes)}" if takes else "there are none"
                raise UserError(f"{name[:40]} is not an argument of this; {known}.")
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

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices; raises as `number` does."""
        value = self.text(name)
        if value not in choices:
            raise UserError(f"{name} must be one of {', '.join(choices)}, got {value[:40]!r}.")
        return value

    def concept(self, explorer: Explorer) -> str:
        """The name of a concept that there is, of which an alias may be given; raises likewise."""
        return explorer.known_concept(self.text("concept")).concept

    def scores(self, explorer: Explorer) -> list[Score]:
        """Of a concept and a feature; raises likewise, and where none are kept of the two."""
        concept, feature = self.concept(explorer), self.feature(explorer)
        found = explorer.reader.scores(concept, feature)
        if not found:
            raise UserError(f"No scores of f/{feature} for {concept} are kept: it detects others.")
        return found

    def feature(self, explorer: Explorer) -> int:
        """A number of a feature that there is; raises as `number` does."""
        feature = self.number("feature")
        return explorer.known_feature(feature).feature

    def address(self) -> Address:
        """The same as an address of Your protein; raises as `number` does."""
        for name, choices in (("rank", MEASURES), ("show", list(SHOWN))):
            if name in self._arguments:
                self.choice(name, choices)
        return Address({name: self.text(name) for name in self._arguments})

    def protein(self, explorer: Explorer) -> ProteinRecord:
        """The protein asked for; raises as `number` does."""
        if not self._arguments.get("protein"):
            raise UserError("protein is missing: give an accession, a sequence or a FASTA record.")
        return one_protein(explorer, self.text("protein"))

    def asked(self, explorer: Explorer) -> Asked:
        """It with what else is asked; raises as `number` does."""
        self.protein(explorer)
        found = asked(explorer, self.address())
        assert found is not None
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
    concept, _ = concept_with_verdicts(explorer, given.text("concept"))
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
    protein = given.protein(explorer)
    feature = given.feature(explorer)
    start, stop = region(given.text("region"), len(protein.sequence))
    changes = saturate(encoder_of(explorer), protein.sequence, feature, start=start, stop=stop)
    header = ("residue", "amino_acid", *STANDARD)
    return header, (
        (place + 1, protein.sequence[place], *changes[:, place - start].tolist())
        for place in range(start, stop)
    )


FEATURE = ("feature",)
PAIR = ("concept", "feature")
PROTEIN = ("protein", "mutations", "other", "rank", "region", "show")
SUBSTITUTIONS = ("protein", "feature", "region")
# Each with the names of the arguments that it takes.
TABLES: dict[str, tuple[Callable[[Explorer, Given], Rows], Sequence[str]]] = {
    "representations": (lambda e, _: _records(list(e.reader.summaries.values())), ()),
    "differences_of_baselines": (lambda e, _: _records(e.reader.differences), ()),
    "concepts": (lambda e, _: _records(e.reader.concepts), ()),
    "rare_concepts": (lambda e, _: _records(e.reader.rare_concepts), ()),
    "concept_pairs": (lambda e, given: _records(e.reader.pairs(concept=given.concept(e))),
                      ("concept",)),
    "scores": (lambda e, given: _records(given.scores(e)), PAIR),
    "verdicts": (_verdicts, ("concept",)),
    "map": (_map, ()),
    "histogram": (_histogram, FEATURE),
    "motif": (_motif, FEATURE),
    "pairs": (lambda e, given: _records(e.reader.pairs(feature=given.feature(e))), FEATURE),
    "similar": (lambda e, given: _records(e.reader.similar(given.feature(e), _ALL)), FEATURE),
    "coactive": (lambda e, given: _records(e.reader.coactive(given.feature(e), _ALL)), FEATURE),
    "enrichment": (lambda e, given: _records(e.reader.enrichment(given.feature(e), _ALL)),
                   FEATURE),
    "effect": (_effect, FEATURE),
    "strongest": (_strongest, PROTEIN),
    "activations": (_activations, PROTEIN),
    "changes": (_changes, PROTEIN),
    "differences": (_differences, PROTEIN),
    "substitutions": (_substitutions, SUBSTITUTIONS),
}  # fmt: skip
