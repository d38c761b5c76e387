"""The words of a search, and the text of a concept in which they are looked for."""

import re
from collections.abc import Iterable

from interplm.concepts.amino_acids import AMINO_ACID_WORDS
from interplm.features.database.records import ConceptRow, RareConcept

# Set by some and left out by others: Ca(2+) and Ca2+ are one.
_LEFT_OUT = "()[]+"
# One before a digit belongs to a name: IGHV1-2 is not IGHV1.
_HYPHEN = re.compile(r"[-‐‑–](?!\d)")
_AMINO_ACIDS = " ".join(f"WHEN '{name}' THEN '{said}'" for name, said in AMINO_ACID_WORDS.items())


def words_of(text: str) -> list[str]:
    """Each once, as they stand in texts that `bare` made; those joined by a hyphen are two."""
    words = _HYPHEN.sub(" ", bare(text)).split()
    # Signs alone are no word: they stay as they are, and no text has them.
    return list(dict.fromkeys(words or text.split()))


def bare(text: str) -> str:
    """A text in lower case, without brackets and plus signs."""
    return text.lower().translate(str.maketrans("", "", _LEFT_OUT))


def bare_sql(text: str) -> str:
    """The same in SQL."""
    return f"translate(lower({text}), '{_LEFT_OUT}', '')"


# In which `has_words` looks, of a row of the table `concepts`.
CONCEPT_TEXT = bare_sql(
    "concat_ws(' ', concept, family, category, array_to_string(aliases, ' '), "
    f"CASE concept {_AMINO_ACIDS} END)"
)


def names_of(row: ConceptRow | RareConcept) -> list[str]:
    """What a concept is called: its name, its aliases, and what people call an amino acid."""
    aliases = row.aliases if isinstance(row, ConceptRow) else ()
    said = AMINO_ACID_WORDS.get(row.concept)
    return [row.concept, *aliases, *([said] if said else [])]


def has_words(row: ConceptRow | RareConcept, words: Iterable[str]) -> bool:
    """Whether a concept has all the words in its names, its family or its category."""
    text = bare(" ".join((*names_of(row), row.family, row.category)))
    return all(word in text for word in words)
