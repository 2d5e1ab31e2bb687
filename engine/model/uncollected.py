"""Work that makes many lasting values and no garbage in circles: the collector would only walk over them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pause:
    """How many blocks want the collector to rest now, in all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wanted = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if self._wanted == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._wanted += 1

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0 and self._was_on:
                gc.enable()


_PAUSE = _Pause()


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic collector until the last block that asked for it ends; reference counting goes on."""
    _PAUSE.begin()
    try:
        yield
    finally:
        _PAUSE.end()
