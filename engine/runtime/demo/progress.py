"""Progress: how far the making of a demonstration is in this process. The rows are one transaction, so no table can tell."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Reached:
    """How much of the work is done, from 0 to 1, and how many seconds the rest may take; None where nothing can be said."""

    share: float
    left: float | None


class Progress:
    """One thread makes, others ask. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._began: float | None = None
        self._at, self._share = 0.0, 0.0

    def begin(self, now: float) -> None:
        with self._lock:
            self._began, self._at, self._share = now, now, 0.0

    def reach(self, share: float, now: float) -> None:
        with self._lock:
            self._at, self._share = now, share

    def end(self) -> None:
        with self._lock:
            self._began = None

    def told(self, now: float) -> Reached | None:
        """None when nothing is being made here. Between two reports the share goes on at the pace so far."""
        with self._lock:
            if self._began is None:
                return None
            if self._share <= 0 or self._at <= self._began:
                return Reached(0.0, None)
            whole = (self._at - self._began) / self._share
            return Reached(min((now - self._began) / whole, 0.99), max(whole - (now - self._began), 1.0))
