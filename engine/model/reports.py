"""Reports: when figures come to people by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum


class Every(StrEnum):
    """How often a report comes. A week's or month's day that is off moves to the next working day."""

    DAY = "day"
    WORKDAY = "workday"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a report comes: at an hour of every day, working day, weekday `on` (1 is Monday), or day `on` of the month."""

    every: Every
    at: time
    on: int = 1


@dataclass(frozen=True, slots=True)
class ReportSchedule:
    """A report that a dashboard declares for roles; each person may leave it."""

    id: str
    rhythm: Rhythm
    roles: frozenset[str] = field(default_factory=frozenset)
