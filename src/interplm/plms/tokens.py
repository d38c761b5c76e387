"""The tokens of a PLM that reads one token a residue."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from torch import Tensor

from interplm.errors import UserError

_UNKNOWN = -1


@dataclass(frozen=True, kw_only=True)
class ResidueTokens:
    """What a sequence looks like to a model: `before`, one token a residue, `after`, padding.

    Attributes:
        letters: token of every letter that the model knows, which may be that of another letter
            by the family's rule (J read as X).
        before: tokens in front of the residues.
        after: tokens behind them.
        padding: fills a batch up to its longest sequence; no other token is the same.
        mask: stands for a hidden residue, or None for a model without such a token.
    """

    letters: Mapping[str, int]
    before: tuple[int, ...]
    after: tuple[int, ...]
    padding: int
    mask: int | None
    _token_of: Tensor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse tokens of residues that are special as well, and make the table of letters."""
        special = {*self.before, *self.after, self.padding}
        both = sorted(letter for letter, token in self.letters.items() if token in special)
        if both:
            raise UserError(
                f"The tokens of {', '.join(both)} are special tokens as well, so residues cannot "
                "be told from them: this tokenizer gives no token of its own to each residue."
            )
        table = torch.full((256,), _UNKNOWN)
        for letter, token in self.letters.items():
            table[ord(letter)] = token
        object.__setattr__(self, "_token_of", table)

    @property
    def alphabet(self) -> frozenset[str]:
        """Letters that have a token."""
        return frozenset(self.letters)

    @property
    def n_special(self) -> int:
        """Tokens that a sequence has besides its residues'."""
        return len(self.before) + len(self.after)

    @property
    def sha256(self) -> str:
        """Identity of what the model reads for a sequence, 64 hexadecimal digits."""
        meaning = [sorted(self.letters.items()), self.before, self.after, self.mask]
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()

    def with_replaced(self, replaced: Mapping[str, str]) -> Self:
        """The same, but some letters are read as others, by a family's rule.

        Args:
            replaced: letters, and those whose tokens they take.

        Raises:
            UserError: if one of these has no token.
        """
        unknown = sorted(set(replaced.values()) - self.alphabet)
        if unknown:
            raise UserError(
                f"plm.replaced reads letters as {', '.join(unknown)}, for which there is no token: "
                "name letters that the model knows."
            )
        others = {letter: self.letters[other] for letter, other in replaced.items()}
        return replace(self, letters=dict(self.letters) | others)

    def tokenize(self, sequences: Sequence[str]) -> Tensor:
        """Token ids of a padded batch, int64 [n_sequences, n_positions], on the CPU.

        Raises:
            UserError: for a letter without a token.
        """
        width = max(map(len, sequences)) + self.n_special
        first = len(self.before)
        tokens = torch.full((len(sequences), width), self.padding)
        tokens[:, :first] = torch.tensor(self.before, dtype=torch.int64)
        for row, sequence in zip(tokens, sequences, strict=True):
            end = first + len(sequence)
            letters = torch.frombuffer(bytearray(sequence, "ascii", "replace"), dtype=torch.uint8)
            row[first:end] = self._token_of[letters.int()]
            row[end : end + len(self.after)] = torch.tensor(self.after, dtype=torch.int64)
        if bool((tokens == _UNKNOWN).any()):
            unknown = sorted(set("".join(sequences)) - self.alphabet)
            raise UserError(f"There is no token for {', '.join(unknown)}: leave such letters out.")
        return tokens

    def is_token(self, tokens: Tensor) -> Tensor:
        """False at padding, bool [n_sequences, n_positions]."""
        return tokens != self.padding

    def residue_mask(self, tokens: Tensor) -> Tensor:
        """True where a position holds a residue or a mask, bool [n_sequences, n_positions].

        False for `before`, `after` and padding. Residues of a sequence lie next to one another and
        in order, so row i of the masked states is residue i.
        """
        special = torch.tensor([*self.before, *self.after, self.padding], device=tokens.device)
        return torch.isin(tokens, special, invert=True)
