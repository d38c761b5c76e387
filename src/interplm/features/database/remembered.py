"""What a reader was asked for lately."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key of which only those are read that are not at hand; threads may share one.

    The parts of one page ask for the same feature and proteins, each for itself.

    Args:
        read: values of the keys that there are, of those given.
        most: values kept; those that were asked for least recently go first.
    """

    def __init__(self, read: Callable[[list[K]], Mapping[K, V]], *, most: int) -> None:
        self._read, self._most = read, most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Iterable[K]) -> dict[K, V]:
        """Values by key, in the order of the keys; without those that there are not."""
        asked = list(dict.fromkeys(keys))
        with self._lock:
            found = {key: self._values[key] for key in asked if key in self._values}
        missing = [key for key in asked if key not in found]
        if missing:
            found |= self._read(missing)
        with self._lock:
            for key in found:
                self._values[key] = found[key]
                self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return {key: found[key] for key in asked if key in found}
