"""What one input may do: end with the declared error class or none, in 50 ms of processor time and 64 MB of memory."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MILLISECONDS, MEGABYTES = 50.0, 64.0
TRIES = 3
"""An input that takes too long is tried again: the first time may have loaded something, or swept memory."""
Attempt = Callable[[bytes], object]


class Broken(Exception):
    """An input made a target go beyond its bounds."""


@dataclass
class Worst:
    """The most time and memory that an input took, kept in a file from one to the next."""

    file: Path
    milliseconds: float = 0.0
    megabytes: float = 0.0
    inputs: int = 0

    def note(self, milliseconds: float, megabytes: float) -> None:
        self.inputs += 1
        if milliseconds > self.milliseconds or megabytes > self.megabytes or self.inputs % 1000 == 0:
            self.milliseconds = max(self.milliseconds, milliseconds)
            self.megabytes = max(self.megabytes, megabytes)
            self.file.write_text(json.dumps([self.milliseconds, self.megabytes, self.inputs]), "utf-8")


@dataclass
class Bounded:
    """A target under its bounds. `declared` are the exceptions that it may raise."""

    attempt: Attempt
    declared: tuple[type[Exception], ...]
    worst: Worst
    _peak: int = field(default_factory=lambda: os.open("/proc/self/clear_refs", os.O_WRONLY))

    def __call__(self, content: bytes) -> None:
        milliseconds, megabytes = self._measured(content)
        for _ in range(TRIES - 1):
            if milliseconds < MILLISECONDS:
                break
            gc.collect()
            milliseconds = min(milliseconds, self._measured(content)[0])
        self.worst.note(milliseconds, megabytes)
        if megabytes >= MEGABYTES:
            raise Broken(f"{megabytes:.0f} MB for {len(content)} bytes")
        if milliseconds >= MILLISECONDS:
            raise Broken(f"{milliseconds:.0f} ms for {len(content)} bytes")

    def _measured(self, content: bytes) -> tuple[float, float]:
        os.pwrite(self._peak, b"5", 0)
        before, started = _memory("VmRSS"), time.process_time()
        with suppress(self.declared):
            self.attempt(content)
        return (time.process_time() - started) * 1000, _memory("VmHWM") - before


def _memory(name: str) -> float:
    """Megabytes of this process: now (VmRSS), or at most since the mark was cleared (VmHWM)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
