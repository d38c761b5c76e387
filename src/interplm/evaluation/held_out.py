"""The sequences on which fidelity is measured."""

import logging
import random
from collections.abc import Container

from interplm.errors import UserError
from interplm.evaluation.masking import predictable
from interplm.evaluation.settings import FidelitySettings
from interplm.plms import ResidueEncoder
from interplm.proteins import Rejected, open_sequences

log = logging.getLogger(__name__)


def fidelity_sequences(
    settings: FidelitySettings,
    *,
    plm: ResidueEncoder,
    trained_on: Container[str],
) -> list[str]:
    """Read a list of sequences, without the proteins that the SAE was trained on.

    These are known by their accessions, so in a list without accessions none is left out.

    Args:
        settings: names the file, and how many to take.
        plm: sequences longer than its context, with letters that it does not know or with nothing
            to predict are left out.
        trained_on: accessions of the training proteins.

    Raises:
        UserError: if there is no file, or nothing in it can be used.
    """
    if settings.sequences is None:
        raise UserError(
            "Fidelity needs sequences: give a file with fidelity.sequences=... (FASTA, a table, or "
            "one sequence a line)."
        )
    source = open_sequences(settings.sequences)
    generator = random.Random(settings.seed)
    chosen: list[str] = []
    n_usable = n_unusable = n_trained_on = n_too_long = n_unreadable = 0
    for record in source.read():
        if isinstance(record, Rejected):
            n_unusable += 1
        elif record.accession in trained_on:
            n_trained_on += 1
        elif len(record.sequence) > plm.max_residues:
            n_too_long += 1
        elif not plm.alphabet.issuperset(record.sequence) or not predictable(record.sequence):
            n_unreadable += 1
        else:
            n_usable += 1
            _keep(record.sequence, chosen, n_usable, settings.n_sequences, generator)
    found = (
        f"{len(chosen):,} of {n_usable:,} sequences of {source.path} are taken for fidelity "
        f"({n_unusable:,} unusable, {n_trained_on:,} trained on, {n_too_long:,} longer than "
        f"{plm.max_residues}, {n_unreadable:,} with letters that {plm.name} does not know or "
        "with nothing to predict)"
    )
    if not chosen:
        raise UserError(f"{found}: give another file with fidelity.sequences=...")
    log.info("%s", found)
    return chosen


def _keep(
    sequence: str, chosen: list[str], n_seen: int, n_wanted: int | None, generator: random.Random
) -> None:
    """One step of reservoir sampling (Vitter 1985, algorithm R), so that no list is too long."""
    if n_wanted is None or len(chosen) < n_wanted:
        chosen.append(sequence)
    elif (slot := generator.randrange(n_seen)) < n_wanted:
        chosen[slot] = sequence
