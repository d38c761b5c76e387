"""Work of another thread, one result ahead."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

import torch

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.1


def one_ahead(results: Iterator[T]) -> Generator[T, None, None]:
    """The same results, of which the next is made while the one before is used.

    An error of the other thread is raised here. Closing this generator ends the thread.
    """
    ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(result: T | None, error: BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put((result, error), timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for result in results:
                if not put(result, None):
                    return
            put(None, StopIteration())
        except BaseException as error:  # noqa: BLE001  # raised again where the result is awaited
            put(None, error)

    thread = threading.Thread(target=work, name="one_ahead", daemon=True)
    thread.start()
    try:
        while True:
            result, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield result  # type: ignore[misc]  # None comes with an error only
    finally:
        stopped.set()
        thread.join()


def beside_training(results: Iterator[T], device: torch.device) -> Generator[T, None, None]:
    """On a GPU, compute in a stream of its own, and hand out what is done.

    Args:
        results: computed by the thread that iterates.
        device: that they are computed on.
    """
    if device.type != "cuda":
        yield from results
        return
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        for result in results:
            stream.synchronize()
            yield result
