"""A line at the bottom of a terminal that says what a long command is at."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.cli.console import Console
from engine.runtime.backup.progress import Tell, silent

EVERY = 0.1
CLEAR = "\r\x1b[K"


@contextmanager
def progress(console: Console) -> Iterator[Tell]:
    """Who to tell for the length of a command; nobody looks when the output is no terminal or JSON is asked for."""
    if console.json or not sys.stderr.isatty():
        yield silent
        return
    line = _Line()
    try:
        yield line.tell
    finally:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()


class _Line:
    def __init__(self) -> None:
        self._told = 0.0

    def tell(self, name: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        amount = f"{done * 100 // total:3d}% " if total else ""
        count = f"  {done:,}" if done and not total else ""
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(CLEAR + f"{amount}{ascii(name)[1:-1]}{count}"[:width])
        sys.stderr.flush()
