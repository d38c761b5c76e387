"""Features of single sequences, as somebody brings them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from scipy.sparse import csc_array, csr_array, vstack
from torch import Tensor

from interplm.errors import FingerprintMismatch, MalformedInput
from interplm.plms import ResidueEncoder
from interplm.plms.windows import windows
from interplm.sae import SparseAutoencoder, load_sae

T = TypeVar("T")

# Sequences whose features are kept: those of the pages that a few visitors go back and forth on.
_N_KEPT = 48
# Residues of one pass through the PLM.
_BATCH_RESIDUES = 8192


@dataclass(frozen=True)
class SequenceFeatures:
    """What the features do on one sequence.

    Attributes:
        sequence: residues.
        values: float32 [n_residues, d_sae], fractions of each feature's maximum over the scored
            proteins; above 1 where this sequence excites it more than any of those.
    """

    sequence: str
    values: csc_array

    @cached_property
    def maxima(self) -> np.ndarray:
        """Of each feature over the sequence, float32 [d_sae]."""
        found: np.ndarray = self.values.max(axis=0).toarray().ravel()
        return found

    def of(self, feature: int) -> np.ndarray:
        """Activation of one feature on each residue, float32 [n_residues]."""
        return self.of_many([feature])[0]

    def of_many(self, features: Sequence[int]) -> np.ndarray:
        """The same of several, float32 [n_features, n_residues]."""
        found: np.ndarray = self.values[:, list(features)].toarray().T
        return found


class SequenceEncoder:
    """Runs a PLM and an SAE; both are loaded when they are first needed.

    Args:
        load_plm: makes the PLM.
        sae: folder of the exported SAE.
        layer: of the PLM that the SAE reads.
        scales: maxima of the features over the database's proteins, float32 [d_sae].
        max_residues: longest sequence accepted; one beyond the PLM's context is read in windows.
        window_overlap: fewest residues that two windows share.
    """

    # Of all encoders, as several may share a PLM. One batch at a time: two would take twice the
    # memory and be no faster.
    _lock = threading.RLock()

    def __init__(
        self,
        *,
        load_plm: Callable[[], ResidueEncoder],
        sae: Path,
        layer: int,
        scales: np.ndarray,
        max_residues: int,
        window_overlap: int,
    ) -> None:
        self._load_plm = load_plm
        self._sae_folder = sae
        self.layer = layer
        self.scales = torch.from_numpy(scales)
        self.max_residues = max_residues
        self._window_overlap = window_overlap
        self._models: tuple[ResidueEncoder, SparseAutoencoder] | None = None
        self._kept: OrderedDict[str, SequenceFeatures] = OrderedDict()

    def models(self) -> tuple[ResidueEncoder, SparseAutoencoder]:
        """PLM and SAE, loaded at the first call.

        Raises:
            UserError: where PLM or SAE cannot be loaded or do not fit the database.
        """
        with self._lock:
            if self._models is None:
                self._models = self._load()
            return self._models

    @property
    def is_loaded(self) -> bool:
        """Whether the models are in memory already."""
        return self._models is not None

    def alone(self, work: Callable[[], T]) -> T:
        """Do some work on the models while no sequence is read."""
        with self._lock:
            return work()

    def encode(self, sequence: str) -> SequenceFeatures:
        """Features of one sequence; the last ones asked for are remembered.

        Raises:
            MalformedInput: for a sequence longer than the limit.
            UserError: where PLM or SAE cannot be loaded or do not fit the database.
        """
        return self.encode_many([sequence])[0]

    def encode_many(self, sequences: Sequence[str], *, keep: bool = True) -> list[SequenceFeatures]:
        """Features of several sequences, read in batches; raises as `encode` does.

        Args:
            sequences: residues of each.
            keep: remember them; what is asked for once only would push others out.
        """
        found: dict[str, SequenceFeatures] = {}
        for batch in _batches(list(dict.fromkeys(sequences))):
            # What another thread has read in the meantime is not read again.
            with self._lock:
                known = [text for text in batch if text in self._kept]
                for text in known:
                    self._kept.move_to_end(text)
                    found[text] = self._kept[text]
                read = self._read([text for text in batch if text not in found])
                found |= read
                if keep:
                    self._kept |= read
                while len(self._kept) > _N_KEPT:
                    self._kept.popitem(last=False)
        return [found[text] for text in sequences]

    def _read(self, sequences: Sequence[str]) -> dict[str, SequenceFeatures]:
        if not sequences:
            return {}
        return {
            text: SequenceFeatures(text, self._features(states))
            for text, states in zip(sequences, self._states(sequences), strict=True)
        }

    def _states(self, sequences: Sequence[str]) -> list[Tensor]:
        """Hidden states of each sequence, [n_residues, d_model]."""
        plm, _ = self.models()
        longest = max(map(len, sequences))
        if longest > self.max_residues:
            raise MalformedInput(
                f"The sequence has {longest:,} residues, the limit is {self.max_residues:,}: "
                "paste a part of it."
            )
        if longest > plm.max_residues:
            return [self._in_windows(plm, sequence) for sequence in sequences]
        with torch.inference_mode():
            return plm.activations(sequences, [self.layer])[self.layer]

    def _in_windows(self, plm: ResidueEncoder, sequence: str) -> Tensor:
        pieces = []
        for window in windows(
            len(sequence), max_residues=plm.max_residues, overlap=self._window_overlap
        ):
            with torch.inference_mode():
                part = sequence[window.start : window.stop]
                states = plm.activations([part], [self.layer])[self.layer][0]
            kept = slice(window.keep_start - window.start, window.keep_stop - window.start)
            pieces.append(states[kept])
        return torch.cat(pieces)

    def _features(self, states: Tensor) -> csc_array:
        _, sae = self.models()
        parts = []
        with torch.inference_mode():
            for residues in states.split(_BATCH_RESIDUES // 8):
                values = (sae.encode(residues.float()) / self.scales).cpu().numpy()
                parts.append(csr_array(values))
        return csc_array(vstack(parts))

    def _load(self) -> tuple[ResidueEncoder, SparseAutoencoder]:
        plm, sae = self._load_plm().eval(), load_sae(self._sae_folder)
        if sae.d_in != plm.d_model or sae.d_sae != len(self.scales):
            raise FingerprintMismatch(
                f"{self._sae_folder} reads {sae.d_in} numbers a residue and gives {sae.d_sae} "
                f"features, but {plm.name} has {plm.d_model} and the database "
                f"{len(self.scales)}: score this run again with `python -m interplm.score`."
            )
        return plm, sae


def _batches(sequences: Sequence[str]) -> list[list[str]]:
    """Sequences of like lengths together, each batch of at most so many residues."""
    batches: list[list[str]] = []
    for sequence in sorted(sequences, key=len, reverse=True):
        if batches and len(batches[-1][0]) * (len(batches[-1]) + 1) <= _BATCH_RESIDUES:
            batches[-1].append(sequence)
        else:
            batches.append([sequence])
    return batches
