"""Timing: when somebody is told by a channel. Pure: preferences, an instant, a zone and the working calendar decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.runtime.notifying.kinds import AT_ITS_HOUR, URGENT, NoticeKind
from engine.runtime.notifying.preferences import Digest, Preferences

Works = Callable[[date], bool]
"""Whether a day is worked."""
FURTHEST = 400
"""Days that a worked one is looked for at most; beyond, the next day does."""


def due_for(chosen: Preferences, kind: NoticeKind, now: datetime, zone: str, works: Works) -> datetime:
    """When a notice of a kind is brought that is made now: `now` itself for at once."""
    if kind in URGENT and chosen.urgent_through:
        return now
    here = now.astimezone(ZoneInfo(zone))
    due = here if kind in AT_ITS_HOUR else _together(chosen, here, works)
    return now if due == here and not _quiet(chosen, here) else _after_quiet(chosen, due).astimezone(UTC)


def _together(chosen: Preferences, here: datetime, works: Works) -> datetime:
    if chosen.digest is Digest.AT_ONCE:
        return here
    if chosen.digest is Digest.HOURLY:
        whole = here.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return (whole + timedelta(hours=1)).astimezone(here.tzinfo)
    for ahead in range(FURTHEST):
        day = here.date() + timedelta(days=ahead)
        at = _at(day, chosen.digest_at, here)
        if at > here and (chosen.digest is Digest.DAILY or works(day)):
            return at
    return _at(here.date() + timedelta(days=1), chosen.digest_at, here)


def _quiet(chosen: Preferences, at: datetime) -> bool:
    if chosen.quiet is None:
        return False
    begins, ends, clock = *chosen.quiet, at.time()
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def _after_quiet(chosen: Preferences, at: datetime) -> datetime:
    """The instant itself, or the end of the quiet hours that it falls into."""
    if chosen.quiet is None or not _quiet(chosen, at):
        return at
    ends = chosen.quiet[1]
    day = at.date() if at.time() < ends else at.date() + timedelta(days=1)
    return _at(day, ends, at)


def _at(day: date, clock: time, like: datetime) -> datetime:
    """A clock time of a day in the zone of `like`; one that the clocks leave out comes with the next that there is."""
    return datetime.combine(day, clock, like.tzinfo).astimezone(UTC).astimezone(like.tzinfo)
