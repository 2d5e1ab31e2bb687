"""Unwrapped keys in memory: each thread has its own, at most so many, for so long, and none from before the last epoch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST, SECONDS = 50_000, 300.0


class KeyCache(threading.local):
    """What one thread knows. Python cannot wipe memory: what is dropped here is gone once the memory is used again."""

    def __init__(self, monotonic: Callable[[], float], most: int = MOST, seconds: float = SECONDS) -> None:
        self._monotonic, self._most, self._seconds = monotonic, most, seconds
        self._epoch = b""
        self._kept: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()

    def enter(self, epoch: bytes) -> None:
        """Before anything is looked up: what was learnt before this epoch is forgotten."""
        if epoch != self._epoch:
            self._kept.clear()
            self._epoch = epoch

    def get(self, name: Hashable) -> object | None:
        """What is kept under a name, if it is young enough."""
        found = self._kept.get(name)
        if found is None:
            return None
        if found[0] < self._monotonic():
            del self._kept[name]
            return None
        self._kept.move_to_end(name)
        return found[1]

    def put(self, name: Hashable, value: object) -> None:
        """Keep something; the one used longest ago makes room."""
        self._kept[name] = (self._monotonic() + self._seconds, value)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
