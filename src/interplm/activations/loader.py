"""A row stream as an iterable of batches with a position, over ranks and worker processes."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from interplm.activations.streaming import RowStream
from interplm.errors import UserError


class _Share(IterableDataset[Tensor]):
    """What one worker of one rank serves, from a given batch of the rank on."""

    def __init__(
        self, stream: RowStream, *, epoch: int, first_batch: int, rank: int, n_ranks: int
    ) -> None:
        self._stream = stream
        self._epoch = epoch
        self._first_batch = first_batch
        self._rank = rank
        self._n_ranks = n_ranks

    def __iter__(self) -> Iterator[Tensor]:
        info = get_worker_info()
        worker, n_workers = (info.id, info.num_workers) if info is not None else (0, 1)
        # DataLoader takes a batch from each worker in turn, so batch b of the rank is batch
        # b // n_workers of worker b % n_workers; after a resume it starts with worker 0 again.
        turn = (worker + self._first_batch) % n_workers
        return self._stream.batches(
            epoch=self._epoch,
            reader=self._rank * n_workers + turn,
            n_readers=self._n_ranks * n_workers,
            first_batch=(self._first_batch - turn + n_workers - 1) // n_workers,
        )


class ActivationLoader:
    """An iterable of batches that knows its position and can go on from it.

    Every iteration is the next epoch. `state_dict` and `load_state_dict` are the interface that
    Lightning saves in its checkpoints; the position counts batches handed out.
    """

    def __init__(
        self, stream: RowStream, *, num_workers: int, rank: int, n_ranks: int, pin_memory: bool
    ) -> None:
        self._stream = stream
        self._num_workers = num_workers
        self._rank = rank
        self._n_ranks = n_ranks
        self._pin_memory = pin_memory
        self._epoch = 0
        self._n_served = 0
        self._resumes = False
        n_readers = n_ranks * max(1, num_workers)
        if stream.runs.n_rows < n_readers:
            raise UserError(
                f"{stream.runs.n_rows} residues cannot be shared by {n_readers} readers: embed "
                "more proteins, or lower data.num_workers or trainer.devices."
            )
        self._n_batches = max(1, num_workers) * stream.n_batches(n_readers)

    def __len__(self) -> int:
        return self._n_batches

    def __iter__(self) -> Iterator[Tensor]:
        if self._n_served and not self._resumes:
            self._epoch, self._n_served = self._epoch + 1, 0
        self._resumes = False
        share = _Share(
            self._stream,
            epoch=self._epoch,
            first_batch=self._n_served,
            rank=self._rank,
            n_ranks=self._n_ranks,
        )
        batches = DataLoader(
            share,
            batch_size=None,
            num_workers=self._num_workers,
            pin_memory=self._pin_memory,
            # Its own, so that reading draws nothing from the generator that training may use.
            generator=torch.Generator(),
        )
        for batch in batches:
            self._n_served += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Epoch, batches served in it, and what the order depends on."""
        epoch, n_served = self._epoch, self._n_served
        if n_served == self._n_batches:
            epoch, n_served = epoch + 1, 0
        return {"epoch": epoch, "n_served": n_served} | self._order_settings()

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on after the batches that the state counts.

        Raises:
            UserError: if the order of the batches would not be that of the interrupted run.
        """
        for name, value in self._order_settings().items():
            if state[name] != value:
                raise UserError(
                    f"The interrupted run had {name}={state[name]}, this one has {value}: the "
                    "order of the data would change. Resume with the setting it was started with."
                )
        self._epoch, self._n_served = state["epoch"], state["n_served"]
        self._resumes = True

    def _order_settings(self) -> dict[str, int]:
        return {
            "num_workers": self._num_workers,
            "n_ranks": self._n_ranks,
            "batch_size": self._stream.batch_size,
            "buffer_rows": self._stream.buffer_rows,
            "seed": -1 if self._stream.seed is None else self._stream.seed,
            "n_residues": self._stream.runs.n_rows,
        }
