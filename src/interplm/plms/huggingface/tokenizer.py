"""Which token a tokenizer gives to each residue, found by asking it and checked on a probe."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from interplm.errors import UserError
from interplm.plms.tokens import ResidueTokens
from interplm.proteins.alphabet import RESIDUES, STANDARD

# Every standard residue, next to different ones: real proteins may lack some.
PROBE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKWCPHNDYF"

# Any: transformers is an extra, so its classes cannot stand in annotations.
Tokenizer = Any
Spelling = Callable[[str], str | list[str]]
_SPELLINGS: dict[str, Spelling] = {
    "joined": str,
    "spaced": " ".join,
    "separate words": list,
}


def residue_tokens(folder: Path) -> ResidueTokens:
    """Read the tokens of a model off its tokenizer.

    Letters are spelled joined, with spaces between them, or as separate words, whichever gives one
    token a residue.

    Raises:
        UserError: if no spelling gives each residue of the probe a token of its own.
    """
    seen = []
    for tokenizer in _tokenizers(folder):
        for spelling, spell in _SPELLINGS.items():
            ids, special = _encoded(tokenizer, spell(PROBE))
            found = _tokens_of(tokenizer, spell, ids, special)
            if found is not None:
                return found
            seen.append(f"{spelling} {len(ids) - sum(special)}")
    raise UserError(
        f"The tokenizer of {folder} does not give one token a residue: for {len(PROBE)} residues "
        f"it gives, besides special tokens, {', '.join(seen)}. If the model reads single residues "
        "all the same, name its vocabulary, one token a line: plm.vocabulary=<vocab.txt>."
    )


def _tokenizers(folder: Path) -> Iterator[Tokenizer]:
    """tokenizer.json as it is, then what transformers makes of the folder.

    The classes of transformers 5 build some tokenizers anew from their vocabulary, and then put an
    unknown token before every residue of Ankh, say.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if (folder / "tokenizer.json").is_file():
        yield PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    yield AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _encoded(tokenizer: Tokenizer, text: str | list[str]) -> tuple[list[int], list[int]]:
    """Token ids, and 1 where the tokenizer itself calls a token special."""
    encoded = tokenizer(
        text, is_split_into_words=isinstance(text, list), return_special_tokens_mask=True
    )
    return encoded["input_ids"], encoded["special_tokens_mask"]


def _tokens_of(
    tokenizer: Tokenizer, spell: Spelling, ids: list[int], special: list[int]
) -> ResidueTokens | None:
    """What the tokens of the probe mean, or None where they are not one a residue."""
    first = special.index(0) if 0 in special else len(special)
    before, after = ids[:first], ids[first + len(PROBE) :]
    residues = ids[first : first + len(PROBE)]
    letters = dict(zip(PROBE, residues, strict=False))
    is_consistent = [letters.get(letter) for letter in PROBE] == residues
    is_one_each = len(set(letters.values())) == len(letters) == len(STANDARD)
    if not is_consistent or not is_one_each or sum(special) != len(before) + len(after):
        return None
    taken = {*residues, *before, *after, *tokenizer.all_special_ids}
    for letter in RESIDUES.removeprefix(STANDARD):
        context, _ = _encoded(tokenizer, spell(f"M{letter}K"))
        inside = context[first : len(context) - len(after)]
        if len(inside) == 3 and inside[1] not in taken:
            letters[letter] = inside[1]
    return ResidueTokens(
        letters=letters,
        before=tuple(before),
        after=tuple(after),
        padding=_padding(tokenizer, {*before, *after, *letters.values()}),
        mask=tokenizer.mask_token_id,
    )


def _padding(tokenizer: Tokenizer, used: set[int]) -> int:
    """The padding token, or where there is none any other: attention leaves it out."""
    padding = tokenizer.pad_token_id
    if padding is not None and padding not in used:
        return int(padding)
    return next(token for token in range(len(used) + 1) if token not in used)
