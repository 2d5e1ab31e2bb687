"""Instants as the database keeps them: microseconds since the epoch, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def by_the_end(moment: date | datetime, zone: str) -> int:
    """A moment as microseconds; a day counts by its last second there."""
    if isinstance(moment, datetime):
        return to_micros(moment)
    return to_micros(datetime.combine(moment, time(23, 59, 59), ZoneInfo(zone)))
