"""A PLM of Hugging Face by name or folder."""

import logging
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from interplm.errors import BrokenArtifact, UserError
from interplm.plms.controls import Control, controlled
from interplm.plms.huggingface.checkpoint import (
    Config,
    dtype_of,
    plain_errors,
    read_config,
    read_network,
    untrained_network,
    weights_sha256,
)
from interplm.plms.huggingface.encoder import HuggingFaceEncoder, HuggingFaceMaskedLM
from interplm.plms.huggingface.esm2 import faster
from interplm.plms.huggingface.source import model_folder
from interplm.plms.huggingface.tokenizer import residue_tokens
from interplm.plms.huggingface.verification import can_be_continued, verify
from interplm.plms.huggingface.vocabulary import tokens_of_vocabulary
from interplm.plms.masked import TokenEncoder
from interplm.plms.tokens import ResidueTokens

log = logging.getLogger(__name__)

# Their first position is that of the padding token plus one.
_POSITIONS_AFTER_PADDING = ("esm", "roberta", "xlm-roberta", "camembert")


def load_huggingface(
    *,
    name: str,
    source: str,
    revision: str | None,
    replaced: Mapping[str, str],
    vocabulary: str | Path | None,
    max_residues: int | None,
    sha256: str | None,
    dtype: str,
    attention: str,
    control: Control | None,
    seed: int,
) -> TokenEncoder:
    """Load a model that reads one token a residue, and check that it does.

    Args:
        name: what the model is called in folders and fingerprints.
        source: a folder as transformers saves one, or owner/name on the hub.
        revision: of the repository: branch, tag or commit; None for the main branch.
        replaced: letters that are read as another, by the family's rule.
        vocabulary: a vocabulary file that is read instead of the tokenizer.
        max_residues: context; None takes it from the config.
        sha256: that the file of the weights must have; None for any.
        dtype: of the weights: float32, float16 or bfloat16.
        attention: implementation of transformers: sdpa or eager.
        control: None, "untrained" (fresh weights; none are downloaded) or "shuffled".
        seed: of the control.

    Returns:
        A MaskedLanguageModel where the weights have such a head, else an encoder.

    Raises:
        UserError: for settings out of range, a missing package, or a model that cannot be read so.
        MissingArtifact: if there is no such model.
        BrokenArtifact: if its files are damaged.
    """
    precision = dtype_of(dtype)
    folder = model_folder(source, revision=revision, with_weights=control != "untrained")
    config = read_config(folder, attention=attention)
    if vocabulary is None:
        with plain_errors(folder):
            tokens = residue_tokens(folder)
    else:
        tokens = tokens_of_vocabulary(Path(vocabulary))
    tokens = tokens.with_replaced(replaced)

    def read() -> tuple[nn.Module, str]:
        found = weights_sha256(folder)
        if sha256 not in (None, found):
            raise BrokenArtifact(
                f"The weights of {folder} have the SHA-256 {found}, not {sha256}: download them "
                "again, or set plm.sha256=null if they are meant to be others."
            )
        return read_network(folder, config, dtype=precision), found

    network, identity = controlled(
        control,
        seed=seed,
        read=read,
        untrained=lambda: untrained_network(config, dtype=precision),
    )
    plm = checked(
        network.eval().requires_grad_(False),
        tokens=tokens,
        name=name,
        weights_sha256=identity,
        max_residues=max_residues or _context(config, tokens),
    )
    return faster(plm)


def checked(
    network: nn.Module, *, tokens: ResidueTokens, name: str, weights_sha256: str, max_residues: int
) -> HuggingFaceEncoder:
    """The encoder of a network, a masked language model where it can be one.

    Raises:
        UserError: if its states are not those of single residues.
    """

    def make(kind: type[HuggingFaceEncoder]) -> HuggingFaceEncoder:
        return kind(
            network=network, tokens=tokens, name=name, weights_sha256=weights_sha256,
            max_residues=max_residues,
        )  # fmt: skip

    plm = make(HuggingFaceEncoder)
    verify(plm)
    if plm.base is network or tokens.mask is None:
        return plm
    masked = make(HuggingFaceMaskedLM)
    if can_be_continued(masked):
        return masked
    log.warning("%s cannot go on from the states in its middle: fidelity is not available.", name)
    return plm


def _context(config: Config, tokens: ResidueTokens) -> int:
    """Residues that fit into the positions that the config states."""
    n_positions = getattr(config, "max_position_embeddings", None)
    if n_positions is None:
        raise UserError(
            "The config of the model does not say how many tokens it reads: set plm.max_residues."
        )
    if config.model_type in _POSITIONS_AFTER_PADDING:
        n_positions -= config.pad_token_id + 1
    return int(n_positions) - tokens.n_special
