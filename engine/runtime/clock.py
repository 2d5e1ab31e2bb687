"""Clocks: the system's, and one that starts at a fixed instant for demonstrations and tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock


class BadClock(DougongError):
    """The fixed instant of the clock cannot be read."""

    code = "bad_clock"


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class StartedClock:
    """Starts at a given instant and runs on from there."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._since)

    def monotonic(self) -> float:
        return time.monotonic()


def clock_from(text: str) -> Clock:
    """The system's clock, or one that starts at the ISO instant `text` (with its offset). Raises BadClock."""
    if not text:
        return SystemClock()
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadClock(
            Message("时间应写成 2026-03-02T09:00:00+08:00", "An instant is written 2026-03-02T09:00:00+08:00")
        ) from error
    if start.tzinfo is None:
        raise BadClock(Message("时间须带时区，如 +08:00", "An instant needs its offset, such as +08:00"))
    return StartedClock(start)
