"""Stored activations as training and validation batches for Lightning."""

from functools import partial
from itertools import compress
from pathlib import Path

import lightning as L
import numpy as np
import torch
import torch.distributed
from torch import Tensor
from tqdm import tqdm

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.loader import ActivationLoader
from interplm.activations.row_list import HeldRows
from interplm.activations.runs import Runs, chosen_runs
from interplm.activations.shard import read_accessions
from interplm.activations.statistics import ActivationStatistics
from interplm.activations.store import ActivationStore
from interplm.activations.streaming import RowStream
from interplm.errors import FingerprintMismatch, UserError
from interplm.plms.device import choose_device
from interplm.proteins import validation_mask

# Of the memory of a GPU that is free when training starts: the rest is for the SAEs.
_MOST_OF_FREE_MEMORY = 0.5


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
        device: where residues are mixed; "auto" takes the GPU of the training, if there is one and
            there are no reader processes.
        resident: read everything once and keep it on that device; None does so on a GPU where it
            takes no more than half of the free memory.
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
        device: str,
        resident: bool | None,
        seed: int,
    ) -> None:
        super().__init__()
        if batch_size < 1 or buffer_rows < batch_size:
            raise UserError(
                f"data.batch_size must be at least 1 and data.buffer_rows no smaller than it, got "
                f"{batch_size} and {buffer_rows}."
            )
        if num_workers and (resident or device not in {"auto", "cpu"}):
            raise UserError(
                f"data.num_workers={num_workers} reads in processes of their own, which goes with "
                "data.device=cpu and without data.resident=true: set data.num_workers=0."
            )
        self._store = ActivationStore(Path(folder))
        self._check_fits(plm=plm, layer=layer, d_model=d_model)
        self.batch_size = batch_size
        self._buffer_rows = buffer_rows
        self._num_workers = num_workers
        self._device_name = device
        self._resident = resident
        self._seed = seed
        self._in_validation = partial(
            validation_mask, fraction=validation_fraction, seed=split_seed
        )
        in_validation = self._store.select(self._in_validation)
        shards = self._store.shards
        self._train_runs = chosen_runs(shards, [~mask for mask in in_validation])
        self._validation_runs = chosen_runs(shards, in_validation)
        self._held: dict[str, HeldRows] = {}

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
        return self._loader("training", self._train_runs)

    def val_dataloader(self) -> ActivationLoader | list[Tensor]:
        """The residues of the validation proteins once, in the order of the store."""
        if self.n_validation_residues == 0:
            return []
        return self._loader("validation", self._validation_runs)

    def _loader(self, proteins: str, runs: Runs) -> ActivationLoader:
        is_training = proteins == "training"
        device = self._device()
        held = partial(self._held_rows, proteins, runs, device)
        stream = RowStream(
            shards=self._store.shards,
            runs=runs,
            batch_size=self.batch_size,
            buffer_rows=self._buffer_rows if is_training else self.batch_size,
            seed=self._seed if is_training else None,
            device=device,
            held=held if self._is_resident(device) else None,
        )
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        return ActivationLoader(
            stream,
            num_workers=self._num_workers if is_training else 0,
            rank=torch.distributed.get_rank() if distributed else 0,
            n_ranks=torch.distributed.get_world_size() if distributed else 1,
            pin_memory=torch.cuda.is_available() and device.type == "cpu",
        )

    def _device(self) -> torch.device:
        """That of the training once there is one; no other accelerator than CUDA gains by it."""
        if self._num_workers:
            return torch.device("cpu")
        if self._device_name == "auto" and self.trainer is not None:
            device = self.trainer.strategy.root_device
        else:
            device = choose_device(self._device_name, setting="data.device")
        return device if device.type == "cuda" else torch.device("cpu")

    def _is_resident(self, device: torch.device) -> bool:
        if self._resident is not None:
            return self._resident
        if device.type != "cuda":
            return False
        if self._held:
            return True  # what they take is no longer free
        n_rows = self._train_runs.n_rows + self.n_validation_residues
        n_bytes = n_rows * self.fingerprint.d_model * np.dtype(self.fingerprint.dtype).itemsize
        return n_bytes <= _MOST_OF_FREE_MEMORY * torch.cuda.mem_get_info(device)[0]

    def _held_rows(self, proteins: str, runs: Runs, device: torch.device) -> HeldRows:
        """Read when they are first asked for, with a bar that leaves no trace."""
        if proteins not in self._held:
            bar = tqdm(total=runs.n_rows, unit="residue", unit_scale=True, leave=False)
            with bar:
                bar.set_description(f"{proteins.capitalize()} proteins to {device.type} memory")
                self._held[proteins] = HeldRows.read(
                    self._store.shards, runs, device, on_rows=bar.update
                )
        return self._held[proteins]

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
