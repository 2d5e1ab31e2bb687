"""Schedules: the moments at which a source runs by itself, in the installation's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR, MINUTE = 2, 30
"""When daily and weekly runs start: at night, after the day is closed."""
MONDAY = 0


def latest_slot(schedule: str, now: datetime, zone: str) -> datetime:
    """The newest moment up to `now` at which a source with this schedule (hourly, daily, weekly, monthly) starts.

    A time that the clocks skip in spring is taken as it would have been, one that comes twice in autumn as it comes first.
    """
    here = now.astimezone(ZoneInfo(zone))
    if schedule == "hourly":
        return here.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    slot = here.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0, fold=0)
    if schedule == "monthly":
        slot = slot.replace(day=1)
        earlier = (slot - timedelta(days=1)).replace(day=1)
        return (slot if slot.astimezone(UTC) <= now else earlier).astimezone(UTC)
    if schedule == "weekly":
        slot -= timedelta(days=(here.weekday() - MONDAY) % 7)
    if slot.astimezone(UTC) > now:
        slot -= timedelta(days=7 if schedule == "weekly" else 1)
    return slot.astimezone(UTC)


def due(schedule: str, last: datetime | None, since: datetime, now: datetime, zone: str) -> bool:
    """Whether a run is due: a slot has passed since the last run, or, for one that never ran, since `since`."""
    return latest_slot(schedule, now, zone) > (last or since)
