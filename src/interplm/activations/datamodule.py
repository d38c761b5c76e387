"""Stored activations as training and validation batches for Lightning."""

from functools import partial
from itertools import compress
from pathlib import Path

import lightning as L
import torch
import torch.distributed
from torch import Tensor

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.loader import ActivationLoader
from interplm.activations.shard import read_accessions
from interplm.activations.statistics import ActivationStatistics
from interplm.activations.store import ActivationStore
from interplm.activations.streaming import RowStream, Runs, chosen_runs
from interplm.errors import FingerprintMismatch, UserError
from interplm.proteins import validation_mask


class ActivationDataModule(L.LightningDataModule):
    """Streams activations of training and of validation proteins.

    Args:
        folder: of the activation store.
        plm: name that the store's PLM must have, or None to take any.
        layer: layer that the store must hold, or None to take any.
        d_model: width that the store must have, or None to take any.
        batch_size: residues in a batch, for each rank.
        buffer_rows: residues that are mixed with one another at a time, for each reader.
        validation_fraction: share of the proteins kept for validation, by hash of the accession.
        split_seed: of that hash.
        num_workers: reader processes for each rank; 0 reads in the training process.
        seed: of the order of the batches.
    """

    def __init__(
        self,
        *,
        folder: str | Path,
        plm: str | None,
        layer: int | None,
        d_model: int | None,
        batch_size: int,
        buffer_rows: int,
        validation_fraction: float,
        split_seed: int,
        num_workers: int,
        seed: int,
    ) -> None:
        super().__init__()
        if batch_size < 1 or buffer_rows < batch_size:
            raise UserError(
                f"data.batch_size must be at least 1 and data.buffer_rows no smaller than it, got "
                f"{batch_size} and {buffer_rows}."
            )
        self._store = ActivationStore(Path(folder))
        self._check_fits(plm=plm, layer=layer, d_model=d_model)
        self.batch_size = batch_size
        self._buffer_rows = buffer_rows
        self._num_workers = num_workers
        self._seed = seed
        self._in_validation = partial(
            validation_mask, fraction=validation_fraction, seed=split_seed
        )
        in_validation = self._store.select(self._in_validation)
        shards = self._store.shards
        self._train_runs = chosen_runs(shards, [~mask for mask in in_validation])
        self._validation_runs = chosen_runs(shards, in_validation)

    @property
    def folder(self) -> Path:
        """Of the activation store."""
        return self._store.folder

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the activations."""
        return self._store.fingerprint

    @property
    def statistics(self) -> ActivationStatistics:
        """Moments of all stored activations."""
        return self._store.statistics

    @property
    def n_validation_residues(self) -> int:
        """Residues of the validation proteins."""
        return self._validation_runs.n_rows

    def training_accessions(self) -> set[str]:
        """Accessions of the training proteins, read from the shards; all of them in memory."""
        found: set[str] = set()
        for shard in self._store.shards:
            names = read_accessions(shard.path)
            found.update(compress(names, ~self._in_validation(names)))
        return found

    def train_dataloader(self) -> ActivationLoader:
        """Batches [batch_size, d_model] in random order, another each epoch."""
        return self._loader(self._train_runs, seed=self._seed, num_workers=self._num_workers)

    def val_dataloader(self) -> ActivationLoader | list[Tensor]:
        """The residues of the validation proteins once, in the order of the store."""
        if self.n_validation_residues == 0:
            return []
        return self._loader(self._validation_runs, seed=None, num_workers=0)

    def _loader(self, runs: Runs, *, seed: int | None, num_workers: int) -> ActivationLoader:
        stream = RowStream(
            shards=self._store.shards,
            runs=runs,
            batch_size=self.batch_size,
            buffer_rows=self._buffer_rows if seed is not None else self.batch_size,
            seed=seed,
        )
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        return ActivationLoader(
            stream,
            num_workers=num_workers,
            rank=torch.distributed.get_rank() if distributed else 0,
            n_ranks=torch.distributed.get_world_size() if distributed else 1,
            pin_memory=torch.cuda.is_available(),
        )

    def _check_fits(self, *, plm: str | None, layer: int | None, d_model: int | None) -> None:
        found = self._store.fingerprint
        wanted = {"plm": plm, "layer": layer, "d_model": d_model}
        for name, value in wanted.items():
            if value is not None and getattr(found, name) != value:
                raise FingerprintMismatch(
                    f"{self._store.folder} holds activations with {name}={getattr(found, name)}, "
                    f"but {name}={value} is asked for: choose the matching plm and layer, or run "
                    "`python -m interplm.embed` for them."
                )
