"""Batches of rows that a PLM computes while they are used."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

import torch
from torch import Tensor

from interplm.activations.ahead import beside_training, one_ahead
from interplm.activations.embedded_rows import EmbeddedRows
from interplm.activations.packed_sequences import PackedSequences
from interplm.activations.protein_order import ProteinOrder
from interplm.errors import UserError

log = logging.getLogger(__name__)


class _ClosedError(Exception):
    """Breaks off the embedding of a block that nobody waits for."""


class PLMLoader:
    """Endless batches of one size, in epochs of a stated length, that know their position.

    The next block of proteins is embedded while the batches of the one before are used. An epoch
    of the loader is so many batches as all proteins fill; the rows go on where it ends.

    Args:
        embedded: the PLM.
        sequences: proteins of this rank.
        order: of their residues.
        batch_size: residues in a batch.
        n_batches: of an epoch, the same for every rank.
        ahead: embed in another thread; False embeds when a batch is asked for.
        n_ranks: for the check on resuming.
    """

    def __init__(
        self,
        *,
        embedded: EmbeddedRows,
        sequences: PackedSequences,
        order: ProteinOrder,
        batch_size: int,
        n_batches: int,
        ahead: bool,
        n_ranks: int,
    ) -> None:
        self._embedded = embedded
        self._sequences = sequences
        self._order = order
        self._batch_size = batch_size
        self._n_batches = n_batches
        self._ahead = ahead
        self._n_ranks = n_ranks
        self._n_served = 0
        self._resumes = False
        self._running: tuple[int, Generator[Tensor, None, None]] | None = None
        self._closing = threading.Event()

    def __len__(self) -> int:
        return self._n_batches

    def __iter__(self) -> Iterator[Tensor]:
        if not self._resumes:
            # As with other loaders, an epoch that was broken off is followed by the next.
            self._n_served = -(-self._n_served // self._n_batches) * self._n_batches
        self._resumes = False
        end = (self._n_served // self._n_batches + 1) * self._n_batches
        try:
            while self._n_served < end:
                batch = self._next()
                self._n_served += 1
                yield batch
        except GeneratorExit:
            self.close()
            raise

    def state_dict(self) -> dict[str, int]:
        """Epoch, batches served in it, and what the order depends on."""
        epoch, n_served = divmod(self._n_served, self._n_batches)
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
        self._n_served = state["epoch"] * self._n_batches + state["n_served"]
        self._resumes = True

    def close(self) -> None:
        """End the thread, which breaks off after the forward pass that it is in."""
        if self._running is not None:
            self._closing.set()
            self._running[1].close()
            self._running = None
            self._closing.clear()

    def _next(self) -> Tensor:
        if self._running is None or self._running[0] != self._n_served:
            self.close()
            self._running = (self._n_served, self._batches(self._n_served * self._batch_size))
        batches = self._running[1]
        batch = next(batches)
        self._running = (self._n_served + 1, batches)
        if batch.is_cuda:
            # Computed in another stream, which must not write into its memory while it is used.
            batch.record_stream(torch.cuda.current_stream(batch.device))
        return batch

    def _batches(self, first_row: int) -> Generator[Tensor, None, None]:
        """Batches of the rows from one on, cut across blocks."""
        first = next(self._order.blocks(first_row))
        log.info("The PLM reads a first block of %s residues", f"{first.n_rows:,}")
        blocks = self._blocks(first_row)
        if self._ahead:
            blocks = one_ahead(beside_training(blocks, self._embedded.device))
        with closing(blocks):
            waiting: list[Tensor] = []
            for block in blocks:
                rows = block
                while sum(map(len, waiting)) + len(rows) >= self._batch_size:
                    n_missing = self._batch_size - sum(map(len, waiting))
                    waiting.append(rows[:n_missing])
                    yield torch.cat(waiting) if len(waiting) > 1 else waiting[0]
                    waiting, rows = [], rows[n_missing:]
                waiting.append(rows)

    def _blocks(self, first_row: int) -> Generator[Tensor, None, None]:
        for block in self._order.blocks(first_row):
            records = self._sequences.records(block.proteins.tolist())
            rows = self._embedded.of(records, block.permutation(), on_piece=self._check_open)
            yield rows[max(0, first_row - block.first_row) :]

    def _check_open(self, _: int) -> None:
        if self._closing.is_set():
            raise _ClosedError

    def _order_settings(self) -> dict[str, int]:
        return {
            "n_ranks": self._n_ranks,
            "batch_size": self._batch_size,
            "buffer_rows": self._order.buffer_rows,
            "seed": self._order.seed,
            "n_residues": int(self._order.lengths.sum()),
        }


class RowLoader:
    """Rows in memory, once, in their order; computed when they are first iterated over.

    Args:
        rows: gives [n_residues, d_model].
        n_rows: that it gives.
        batch_size: rows of a batch.
        columns: that are given.
    """

    def __init__(
        self,
        rows: Callable[[], Tensor],
        *,
        n_rows: int,
        batch_size: int,
        columns: slice = slice(None),
    ) -> None:
        self._rows = rows
        self._n_rows = n_rows
        self._batch_size = batch_size
        self._columns = columns

    def with_columns(self, chosen: slice) -> "RowLoader":
        """Of the same rows some columns."""
        return RowLoader(
            self._rows, n_rows=self._n_rows, batch_size=self._batch_size, columns=chosen
        )

    def __len__(self) -> int:
        return -(-self._n_rows // self._batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        for batch in self._rows().split(self._batch_size):
            yield batch[:, self._columns].contiguous()
