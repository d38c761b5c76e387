"""The sequences on which fidelity is measured."""

import logging
import random
from collections.abc import Callable

from interplm.errors import UserError
from interplm.evaluation.settings import FidelitySettings
from interplm.proteins import Rejected, open_sequences

log = logging.getLogger(__name__)


def fidelity_sequences(
    settings: FidelitySettings,
    *,
    max_residues: int,
    proteins_sha256: str,
    is_validation: Callable[[str], bool],
) -> list[str]:
    """Read a list of sequences, without those that the SAE was trained on.

    If the file is the one whose proteins were embedded, only validation proteins are taken.

    Args:
        settings: names the file, and how many to take.
        max_residues: the PLM's context; longer sequences are left out.
        proteins_sha256: of the file whose proteins the SAE was trained on.
        is_validation: whether the protein with this accession was kept from training.

    Raises:
        UserError: if there is no file, or nothing in it can be used.
    """
    if settings.sequences is None:
        raise UserError(
            "Fidelity needs sequences: give a file with fidelity.sequences=... (FASTA, a table, or "
            "one sequence a line)."
        )
    source = open_sequences(settings.sequences)
    is_own = source.sha256() == proteins_sha256
    sequences: list[str] = []
    n_unusable = n_trained_on = n_too_long = 0
    for record in source.read():
        if isinstance(record, Rejected):
            n_unusable += 1
        elif is_own and not is_validation(record.accession):
            n_trained_on += 1
        elif len(record.sequence) > max_residues:
            n_too_long += 1
        else:
            sequences.append(record.sequence)
    found = (
        f"{len(sequences):,} sequences of {source.path} can be used for fidelity ({n_unusable:,} "
        f"unusable, {n_too_long:,} longer than {max_residues}, {n_trained_on:,} trained on)"
    )
    if not sequences:
        raise UserError(f"{found}: give another file with fidelity.sequences=...")
    log.info("%s", found)
    if settings.n_sequences is None or settings.n_sequences >= len(sequences):
        return sequences
    return random.Random(settings.seed).sample(sequences, settings.n_sequences)
