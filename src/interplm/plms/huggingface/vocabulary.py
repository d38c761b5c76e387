"""A vocabulary file of BERT, read as it is: one token a line, single letters among them."""

from pathlib import Path

from interplm.errors import MissingArtifact, UserError
from interplm.plms.tokens import ResidueTokens
from interplm.proteins.alphabet import RESIDUES, STANDARD

_BEFORE, _AFTER, _PADDING, _MASK = "[CLS]", "[SEP]", "[PAD]", "[MASK]"


def tokens_of_vocabulary(path: Path) -> ResidueTokens:
    """[CLS] residues [SEP], for models whose tokenizer cannot be had, or cannot be trusted.

    `BertTokenizer(vocab_file=...)` of transformers 5 takes no notice of the file and reads every
    residue as unknown.

    Raises:
        MissingArtifact: if there is no such file.
        UserError: if it lacks a standard residue or a special token.
    """
    if not path.is_file():
        raise MissingArtifact(f"{path} does not exist: correct plm.vocabulary.")
    lines = path.read_text(encoding="utf-8").splitlines()
    token_of = {token.strip(): index for index, token in enumerate(lines)}
    missing = [
        token for token in (*STANDARD, _BEFORE, _AFTER, _PADDING, _MASK) if token not in token_of
    ]
    if missing:
        raise UserError(
            f"{path} has no line {', '.join(missing)}: give the vocab.txt of a BERT that reads "
            "single residues as plm.vocabulary."
        )
    return ResidueTokens(
        letters={letter: token_of[letter] for letter in RESIDUES if letter in token_of},
        before=(token_of[_BEFORE],),
        after=(token_of[_AFTER],),
        padding=token_of[_PADDING],
        mask=token_of[_MASK],
    )
