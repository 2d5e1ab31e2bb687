"""Work that makes many lasting values and no garbage in circles: the collector would only walk over them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_within = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic collector until the last block that asked for it ends; reference counting goes on."""
    global _within
    with _lock:
        first = _within == 0 and gc.isenabled()
        _within += 1
    if first:
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _within -= 1
        if first:
            gc.enable()
