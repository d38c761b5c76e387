"""Features of a sequence that somebody has just pasted."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from interplm.errors import FingerprintMismatch, MalformedInput
from interplm.plms import ResidueEncoder
from interplm.proteins.identifiers import parse_header
from interplm.proteins.records import ProteinRecord, make_record
from interplm.sae import SparseAutoencoder, load_sae


class SequenceEncoder:
    """Runs a PLM and an SAE; both are loaded when the first sequence comes.

    Args:
        load_plm: makes the PLM.
        sae: folder of the exported SAE.
        layer: of the PLM that the SAE reads.
        scales: maxima of the features over the database's proteins, float32 [d_sae].
        max_residues: longest sequence accepted, besides what the PLM itself reads.
    """

    def __init__(
        self,
        *,
        load_plm: Callable[[], ResidueEncoder],
        sae: Path,
        layer: int,
        scales: np.ndarray,
        max_residues: int,
    ) -> None:
        self._load_plm = load_plm
        self._sae_folder = sae
        self._layer = layer
        self._scales = torch.from_numpy(scales)
        self.max_residues = max_residues
        # One sequence at a time: two would take twice the memory and be no faster.
        self._lock = threading.Lock()
        self._models: tuple[ResidueEncoder, SparseAutoencoder] | None = None

    def encode(self, sequence: str) -> np.ndarray:
        """Activations as fractions of each feature's maximum, float32 [n_residues, d_sae].

        Values above 1 are kept: this sequence may excite a feature more than any scored one.

        Raises:
            MalformedInput: for a sequence longer than the limit.
            UserError: where PLM or SAE cannot be loaded or do not fit the database.
        """
        with self._lock, torch.inference_mode():
            if self._models is None:
                self._models = self._load()
            plm, sae = self._models
            longest = min(self.max_residues, plm.max_residues)
            if len(sequence) > longest:
                raise MalformedInput(
                    f"The sequence has {len(sequence):,} residues, the limit is {longest:,}: "
                    "paste a part of it."
                )
            states = plm.activations([sequence], [self._layer])[self._layer][0]
            features: np.ndarray = (sae.encode(states) / self._scales).numpy()
            return features

    def _load(self) -> tuple[ResidueEncoder, SparseAutoencoder]:
        plm, sae = self._load_plm().eval(), load_sae(self._sae_folder)
        if sae.d_in != plm.d_model or sae.d_sae != len(self._scales):
            raise FingerprintMismatch(
                f"{self._sae_folder} reads {sae.d_in} numbers a residue and gives {sae.d_sae} "
                f"features, but {plm.name} has {plm.d_model} and the database "
                f"{len(self._scales)}: score this run again with `python -m interplm.score`."
            )
        return plm, sae


def read_sequence(text: str, *, max_residues: int) -> ProteinRecord:
    """One protein from a pasted sequence or FASTA record.

    Raises:
        MalformedInput: if there is none, more than one, a letter that is no residue, or more
            residues than the limit.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(";")]
    headers = [line for line in lines if line.startswith(">")]
    if not lines:
        raise MalformedInput("There is no sequence yet: paste one, or a FASTA record.")
    if len(headers) > 1:
        raise MalformedInput(
            f"The text holds {len(headers)} FASTA records: keep one, and paste another under "
            "“Compare with” if you want to see both."
        )
    if headers and not lines[0].startswith(">"):
        raise MalformedInput("Residues stand before the FASTA header: put the `>` line first.")
    accession, description = parse_header(headers[0][1:]) if headers else ("pasted sequence", "")
    raw = "".join(line for line in lines if not line.startswith(">"))
    # The sum is bounded before it is looked at letter by letter.
    if len(raw) > 2 * max_residues + 1000:
        raise MalformedInput(
            f"The sequence has about {len(raw):,} letters, the limit is {max_residues:,} "
            "residues: paste a part of it."
        )
    record = make_record(accession or "unnamed", raw, description, 1)
    if not isinstance(record, ProteinRecord):
        raise MalformedInput(f"{record.accession[:60]}: {record.reason}; paste residues only.")
    if len(record.sequence) > max_residues:
        raise MalformedInput(
            f"The sequence has {len(record.sequence):,} residues, the limit is {max_residues:,}: "
            "paste a part of it."
        )
    return record
