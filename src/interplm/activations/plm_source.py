"""Activations straight from the PLM: proteins are embedded while an SAE trains on them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import lightning as L
import numpy as np
import torch
import torch.distributed
from lightning.pytorch.utilities import rank_zero_only
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from interplm.activations.embedded_rows import EmbeddedRows
from interplm.activations.embedding_settings import EmbeddingSettings
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.packed_sequences import Catalogue, PackedSequences
from interplm.activations.plm_loader import PLMLoader, RowLoader
from interplm.activations.protein_order import ProteinOrder
from interplm.activations.statistics import ActivationStatistics
from interplm.errors import UserError
from interplm.plms import ResidueEncoder
from interplm.plms.device import choose_device
from interplm.proteins import (
    ProteinRecord,
    ProteinSource,
    Selection,
    Survey,
    select,
    survey,
    validation_mask,
)


class PLMSource(L.LightningDataModule):
    """Training activations from proteins in random order, a block of them mixed at a time.

    Nothing is stored: the next block is embedded while the SAE trains on the one before. Sequences
    stay in memory, one byte a residue, and of several ranks each has its own.

    Args:
        load_plm: gives the PLM.
        source: of the proteins.
        selection: which of them.
        layer: that is read.
        embedding: how the PLM is run.
        rejected_csv: where unusable records are listed.
        batch_size: residues in a batch, for each rank.
        buffer_rows: residues that are mixed with one another at a time, for each rank.
        validation_fraction: share of the proteins kept for validation, by hash of the accession.
        validation_residues: so many of theirs are validated on, in memory; None takes all.
        split_seed: of that hash.
        statistics_residues: mean and variance are estimated from so many training residues, once.
        ahead: embed in another thread than the training.
        seed: of the order of the proteins and of the sample.
    """

    def __init__(
        self,
        *,
        load_plm: Callable[[], ResidueEncoder],
        source: ProteinSource,
        selection: Selection,
        layer: int,
        embedding: EmbeddingSettings,
        rejected_csv: str | Path,
        batch_size: int,
        buffer_rows: int,
        validation_fraction: float,
        validation_residues: int | None,
        split_seed: int,
        statistics_residues: int,
        ahead: bool,
        seed: int,
    ) -> None:
        super().__init__()
        if batch_size < 1 or buffer_rows < batch_size or statistics_residues < 1:
            raise UserError(
                "data.batch_size and data.statistics_residues must be at least 1 and "
                f"data.buffer_rows no smaller than data.batch_size, got {batch_size}, "
                f"{statistics_residues} and {buffer_rows}."
            )
        self._plm = load_plm()
        self._layer = layer
        self._layers = [layer]
        self._embedding = embedding
        self._source = embedding.readable(source, self._plm)
        self._selection = selection
        self._found = self._surveyed(Path(rejected_csv))
        embedding.extractor(self._plm, [layer]).check_length(self._found.longest)
        self.batch_size = batch_size
        self._buffer_rows = buffer_rows
        self._in_validation = partial(
            validation_mask, fraction=validation_fraction, seed=split_seed
        )
        self._n_validation = validation_residues
        self._n_statistics = statistics_residues
        self._ahead = ahead
        self._seed = seed
        self._loaders: list[PLMLoader] = []
        self._validation_rows: Tensor | None = None
        self._packed_training: dict[tuple[int, int], PackedSequences] = {}
        self._plm_lock = Lock()

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """That of a store with the same settings."""
        return self._embedding.fingerprint(
            self._plm, self._source, self._selection, layer=self._layer
        )

    @cached_property
    def statistics(self) -> ActivationStatistics:
        """Moments over a random sample of the training proteins; taken once."""
        training = self._catalogue.training()
        order = np.random.default_rng([self._seed, 1]).permutation(training)
        before = np.cumsum(self._catalogue.lengths[order]) - self._catalogue.lengths[order]
        sample = order[before < self._n_statistics]
        sequences = self._packed(np.sort(sample))
        with _progress(sequences, "Mean and variance") as on_piece:
            return self._embedded().statistics(
                sequences.records(range(len(sequences))),
                is_exact=len(sample) == len(training),
                on_piece=on_piece,
            )

    def read_layers(self, layers: Sequence[int]) -> None:
        """Read several layers in one pass, for several SAEs; see `at`.

        A row of the loaders has them one behind the other. To be called before anything is read.
        """
        self._plm.check_layers(layers)
        self._layers = list(layers)

    def at(self, layer: int) -> "PLMLayer":
        """What belongs to one of the layers that are read."""
        width, place = self._plm.d_model, self._layers.index(layer)
        return PLMLayer(self, layer=layer, columns=slice(place * width, (place + 1) * width))

    @property
    def n_validation_residues(self) -> int:
        """Residues that are validated on."""
        return int(self._catalogue.lengths[self._validation_proteins].sum())

    def training_accessions(self) -> set[str]:
        """Accessions of the training proteins, read from the file; all of them in memory."""
        names = [record.accession for record in self._records()]
        return {
            name for name, kept in zip(names, self._in_validation(names), strict=True) if not kept
        }

    def train_dataloader(self) -> PLMLoader:
        """Batches [batch_size, d_model] in random order."""
        rank, n_ranks = _rank_and_number()
        training = self._catalogue.training()
        totals = [int(self._catalogue.lengths[training[r::n_ranks]].sum()) for r in range(n_ranks)]
        if min(totals) < self.batch_size:
            raise UserError(
                f"{len(training)} training proteins do not fill a batch of {self.batch_size} "
                "residues on every rank: take more proteins, or lower data.batch_size or "
                "trainer.devices."
            )
        sequences = self._training_sequences(rank, n_ranks)
        loader = PLMLoader(
            embedded=self._embedded(),
            sequences=sequences,
            order=ProteinOrder(
                lengths=sequences.lengths,
                buffer_rows=self._buffer_rows,
                seed=self._seed,
                rank=rank,
            ),
            batch_size=self.batch_size,
            n_batches=min(totals) // self.batch_size,
            ahead=self._ahead,
            n_ranks=n_ranks,
        )
        self._loaders.append(loader)
        return loader

    def val_dataloader(self) -> RowLoader | list[Tensor]:
        """The residues that are validated on, embedded once and kept in memory."""
        rank, n_ranks = _rank_and_number()
        mine = self._validation_proteins[rank::n_ranks]
        if len(mine) == 0:
            return []
        n_rows = int(self._catalogue.lengths[mine].sum())
        return RowLoader(partial(self._validated, mine), n_rows=n_rows, batch_size=self.batch_size)

    def teardown(self, stage: str) -> None:
        """End the threads of loaders."""
        for loader in self._loaders:
            loader.close()
        self._loaders = []

    def _surveyed(self, rejected_csv: Path) -> Survey:
        """One rank writes the list for all."""
        # Before Lightning has joined the ranks, each of them knows itself from its environment.
        if _rank_and_number()[0] == 0 and rank_zero_only.rank == 0:  # type: ignore[attr-defined]
            return survey(self._source, self._selection, rejected_csv=rejected_csv)
        with TemporaryDirectory() as folder:
            nowhere = Path(folder) / "rejected.csv"
            return survey(self._source, self._selection, rejected_csv=nowhere)

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue.of(self._records(), self._in_validation)

    @cached_property
    def _validation_proteins(self) -> NDArray[np.int64]:
        limit = self._found.n_residues if self._n_validation is None else self._n_validation
        return self._catalogue.validation(limit)

    def _records(self) -> Iterator[ProteinRecord]:
        return select(self._source, self._selection, self._found)

    def _packed(self, proteins: NDArray[np.int64]) -> PackedSequences:
        return PackedSequences(self._records(), proteins)

    def _training_sequences(self, rank: int, n_ranks: int) -> PackedSequences:
        """Read from the file once."""
        if (rank, n_ranks) not in self._packed_training:
            self._packed_training = {
                (rank, n_ranks): self._packed(self._catalogue.training()[rank::n_ranks])
            }
        return self._packed_training[rank, n_ranks]

    def _validated(self, proteins: NDArray[np.int64]) -> Tensor:
        if self._validation_rows is None:
            sequences = self._packed(proteins)
            records = sequences.records(range(len(sequences)))
            with _progress(sequences, "Validation proteins") as on_piece:
                self._validation_rows = self._embedded().of(records, on_piece=on_piece)
        return self._validation_rows

    def _embedded(self) -> EmbeddedRows:
        device = self._device()
        self._plm = self._plm.to(device)
        return EmbeddedRows(
            extractor=self._embedding.extractor(self._plm, self._layers),
            layers=self._layers,
            d_model=self._plm.d_model,
            dtype=self._embedding.torch_dtype,
            device=device,
            lock=self._plm_lock,
        )

    def _device(self) -> torch.device:
        """That of the training, once there is one."""
        if self.trainer is not None and self._embedding.device == "auto":
            return self.trainer.strategy.root_device
        return choose_device(self._embedding.device, setting="embedding.device")


class PLMLayer:
    """One layer of a source that reads several: an activation source but for the training batches.

    Args:
        source: of all layers.
        layer: number.
        columns: of the source's rows that are the layer's.
    """

    def __init__(self, source: PLMSource, *, layer: int, columns: slice) -> None:
        self._source = source
        self._layer = layer
        self.columns = columns

    @property
    def fingerprint(self) -> Fingerprint:
        """That of a store of the layer with the same settings."""
        return replace(self._source.fingerprint, layer=self._layer)

    @property
    def statistics(self) -> ActivationStatistics:
        """Moments of the layer."""
        return self._source.statistics.columns(self.columns)

    @property
    def n_validation_residues(self) -> int:
        """Of the source."""
        return self._source.n_validation_residues

    def training_accessions(self) -> set[str]:
        """Of the source."""
        return self._source.training_accessions()

    def val_dataloader(self) -> RowLoader | list[Tensor]:
        """The layer's rows of the source's."""
        loader = self._source.val_dataloader()
        return loader if isinstance(loader, list) else loader.with_columns(self.columns)


@contextmanager
def _progress(sequences: PackedSequences, what: str) -> Iterator[Callable[[int], object]]:
    """A bar that leaves no trace; what it gives is called with residues as they are done."""
    n_residues = int(sequences.lengths.sum())
    with tqdm(total=n_residues, desc=what, unit="residue", unit_scale=True, leave=False) as bar:
        yield bar.update


def _rank_and_number() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1
