"""Which concepts a UniProtKB feature belongs to."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from interplm.concepts.feature_grammar import Feature
from interplm.concepts.spans import Concept, Scope
from interplm.concepts.uniprot_columns import COLUMNS, FeatureColumn
from interplm.errors import UserError
from interplm.proteins.identifiers import visible

# "Ig-like C2-type 3" and "EF-hand 2" are the third and the second of their protein. Other ends
# ("ABC transmembrane type-1", "Laminin-like A", "motif II") belong to the name.
_NUMBER = re.compile(r"(?:^| )[0-9]+$")
# Done by an enzyme of a pathogen; the residue is modified all the same.
_INFECTION = "(Microbial infection) "
# Of a binding site, beside the ligand: which of several equal ones, which atom of it, remarks.
_REMARKS = ("ligand_label", "ligand_part", "ligand_note", "ligand_part_note", "note")


class ConceptNaming:
    """Names of concepts.

    A feature belongs to up to three sorts, most special first:

    - its own name, `Zinc finger: C2H2-type`: note or ligand up to the first semicolon (what
      follows tells the enzyme, "; by PKA", or the form, "; atypical"), without the mark of a
      microbial infection and, where features are numbered, without the number;
    - the groups of its category whose patterns the whole own name matches,
      `Modified residue: Phosphorylation`;
    - everything in its column, `Zinc finger: any`.

    In a column without names (helix, disulfide bond, …) the column is the one concept.

    Args:
        groups: category to name of a group to regular expressions of own names.

    Raises:
        UserError: for a category that is not a column, or a pattern that is not an expression.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        named = [column.category for column in COLUMNS if column.named_by]
        unknown = sorted(set(groups) - set(named))
        if unknown:
            raise UserError(
                f"concepts.source.groups names {unknown[0]!r}, which is not one of "
                f"{', '.join(named)}."
            )
        self._groups = {
            (category, group): _compiled(category, group, patterns)
            for category, of_category in groups.items()
            for group, patterns in of_category.items()
        }
        self._concepts_of = cache(self._find)

    def concepts(self, column: FeatureColumn, feature: Feature) -> tuple[Concept, ...]:
        """Of one feature, its own first."""
        return self._concepts_of(column, _own_name(column, feature))

    def _find(self, column: FeatureColumn, own: str) -> tuple[Concept, ...]:
        if not column.named_by:
            return (_concept(column, column.category, "named"),)
        broader = {
            group: _concept(column, f"{column.category}: {group}", "group")
            for (category, group), pattern in self._groups.items()
            if category == column.category and (own == group or pattern.fullmatch(own))
        }
        broader["any"] = _concept(column, f"{column.category}: any", "any")
        if not own or own in broader:
            return tuple(broader.values())
        return (_concept(column, f"{column.category}: {own}", "named"), *broader.values())


def note_of(column: FeatureColumn, feature: Feature) -> str:
    """A feature's own words; of a binding site the ligand and what is remarked on it."""
    if column.named_by != "ligand":
        return feature.qualifier("note")
    words = [feature.qualifier("ligand"), *map(feature.qualifier, _REMARKS)]
    return "; ".join(filter(None, words))


def _own_name(column: FeatureColumn, feature: Feature) -> str:
    if not column.named_by:
        return ""
    name = feature.qualifier(column.named_by)
    # Before 2022 the note of a binding site named its ligand.
    if column.named_by == "note" or not name:
        name = feature.qualifier("note").partition(";")[0]
    name = visible(" ".join(name.removeprefix(_INFECTION).split()))
    return _NUMBER.sub("", name) if column.numbered else name


def _concept(column: FeatureColumn, name: str, scope: Scope) -> Concept:
    return Concept(
        name=name, category=column.category, kind=column.kind, family=column.family, scope=scope
    )


def _compiled(category: str, group: str, patterns: Sequence[str]) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    except re.error as error:
        raise UserError(
            f"concepts.source.groups.{category}.{group} is not a regular expression: {error}."
        ) from error
