"""One stream of batches for several trainers that take turns."""

from collections.abc import Callable, Iterator
from typing import Any

import lightning as L
from torch import Tensor

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.source import ActivationSource
from interplm.activations.statistics import ActivationStatistics


class SharedStream:
    """The training batches of a source, each read once for all trainers that want it.

    Batches are numbered across epochs. The one at hand is handed to whoever asks for it; when
    nobody wants it any more, the stream goes on to the earliest that somebody wants. So trainers
    in lock-step read every batch once, and one that was resumed further on waits for the others.

    Args:
        source: of the activations.
    """

    def __init__(self, source: ActivationSource) -> None:
        self.source = source
        self._loader: Any = source.train_dataloader()  # Any: with a state, which `Iterable` lacks
        self._wanted: dict[object, int | None] = {}
        self._running: Iterator[Tensor] | None = None
        self._following = 0
        self._number: int | None = None
        self._batch: Tensor | None = None

    @property
    def n_batches(self) -> int:
        """Of an epoch."""
        return len(self._loader)

    def join(self, reader: object) -> None:
        """Count a reader among those that the stream waits for, though it wants nothing yet."""
        self._wanted[reader] = None

    def leave(self, reader: object) -> None:
        """Wait for this one no longer; the last one ends the threads of the source."""
        self._wanted.pop(reader, None)
        if not self._wanted:
            self._running = self._batch = self._number = None
            if isinstance(self.source, L.LightningDataModule):
                self.source.teardown("fit")

    def batch(self, reader: object, number: int, pass_on: Callable[[], object]) -> Tensor:
        """A batch, once the others are where it can be read.

        Args:
            reader: one that has joined.
            number: of the batch.
            pass_on: lets the other readers run for a while.
        """
        self._wanted[reader] = number
        # Also where this reader could go on: the others may not even have joined.
        pass_on()
        while self._number != number:
            wanted = list(self._wanted.values())
            if None not in wanted and self._number not in wanted:
                self._read(min(n for n in wanted if n is not None))
            else:
                pass_on()
        assert self._batch is not None
        return self._batch

    def state(self, number: int) -> dict[str, Any]:
        """That of a loader of its own before that batch; plain values (hence Any)."""
        epoch, n_served = divmod(number, self.n_batches)
        state: dict[str, Any] = self._loader.state_dict()
        return state | {"epoch": epoch, "n_served": n_served}

    def number(self, state: dict[str, Any]) -> int:
        """Of the batch that comes next in a state; the reading goes on there.

        Raises:
            UserError: as the loader, where the order would be another.
        """
        number = int(state["epoch"] * self.n_batches + state["n_served"])
        self._go_to(number, state)
        return number

    def _read(self, number: int) -> None:
        if self._running is None or self._following != number:
            self._go_to(number, self.state(number))
        assert self._running is not None
        self._number, self._batch = number, next(self._running)
        self._following = number + 1

    def _go_to(self, number: int, state: dict[str, Any]) -> None:
        self._loader.load_state_dict(state)
        self._following, self._running = number, self._endless()

    def _endless(self) -> Iterator[Tensor]:
        while True:
            yield from self._loader


class SharedLoader:
    """The batches of a shared stream for one trainer, with its own position in them.

    Args:
        stream: to read.
        reader: that has joined it.
        pass_on: lets the other readers run for a while; called before every batch.
        columns: of the stream's rows that are read.
    """

    def __init__(
        self,
        stream: SharedStream,
        reader: object,
        pass_on: Callable[[], object],
        columns: slice = slice(None),
    ) -> None:
        self._stream = stream
        self._reader = reader
        self._pass_on = pass_on
        self._columns = columns
        self._number = 0
        self._resumes = False

    def __len__(self) -> int:
        return self._stream.n_batches

    def __iter__(self) -> Iterator[Tensor]:
        if not self._resumes:
            # As with other loaders, an epoch that was broken off is followed by the next.
            self._number = -(-self._number // len(self)) * len(self)
        self._resumes = False
        end = (self._number // len(self) + 1) * len(self)
        while self._number < end:
            batch = self._stream.batch(self._reader, self._number, self._pass_on)
            self._number += 1
            # A layer by itself lies in memory as it would alone, and gives the same bits.
            yield batch[:, self._columns].contiguous()

    def state_dict(self) -> dict[str, Any]:
        """As of a loader of its own; plain values (hence Any)."""
        return self._stream.state(self._number)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on after the batches that the state counts; see `SharedStream.number`."""
        self._number = self._stream.number(state)
        self._resumes = True


class SharedSource(L.LightningDataModule):
    """What one of several trainers sees of a source that they share: all of it, or one layer.

    Args:
        stream: of the source.
        layer: that the trainer reads, of a source that gives several layers in one row.
        pass_on: lets the other trainers run for a while.
        is_stopping: whether a signal has arrived, which Lightning hears in the main thread only.
    """

    def __init__(
        self,
        stream: SharedStream,
        *,
        layer: int | None = None,
        pass_on: Callable[[], object],
        is_stopping: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._stream = stream
        # Any: a source that need not know layers, or one layer of it.
        source: Any = stream.source
        self._source = source if layer is None else source.at(layer)
        self._columns = slice(None) if layer is None else self._source.columns
        self._give_turn = pass_on
        self._is_stopping = is_stopping
        stream.join(self)

    @property
    def folder(self) -> Any:
        """Of a store, None for others; Any as sources need not have one."""
        return getattr(self._source, "folder", None)

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the source."""
        return self._source.fingerprint

    @property
    def statistics(self) -> ActivationStatistics:
        """Of the source."""
        return self._source.statistics

    @property
    def n_validation_residues(self) -> int:
        """Of the source."""
        return self._source.n_validation_residues

    def training_accessions(self) -> set[str]:
        """Of the source."""
        return self._source.training_accessions()

    def train_dataloader(self) -> SharedLoader:
        """The shared batches."""
        return SharedLoader(self._stream, self, self._pass_on, self._columns)

    def val_dataloader(self) -> Any:
        """Of the source, for this trainer alone; Any as Lightning has it."""
        return self._source.val_dataloader()

    def teardown(self, stage: str) -> None:
        """Leave the stream."""
        self._stream.leave(self)

    def _pass_on(self) -> None:
        self._give_turn()
        if self._is_stopping() and self.trainer is not None:
            # One more step, after which the trainer saves it and leaves, as on a signal of its own.
            self.trainer._signal_connector.received_sigterm = True
