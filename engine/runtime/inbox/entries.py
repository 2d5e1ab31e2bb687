"""Entries of the inbox: what waits, wherever it comes from, and the order that holds over all kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from engine.model.context import Context
from engine.model.inbox import InboxKind
from engine.model.requests import Record
from engine.runtime.instants import to_micros
from engine.runtime.workflow.flow_reading import Subject
from engine.runtime.workflow.flow_tasks import FlowTask

APPROVAL, FLOW = "approval", "flow"
"""The kinds that flows ask: to decide; to do, or to revise what was sent back."""
FLOW_KINDS = (APPROVAL, FLOW)
_LAST = 1 << 62


class Due(StrEnum):
    """Which of what waits, by its term. What has none is for later."""

    ANY = ""
    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Wish:
    """What part of the inbox is asked for; `kind` and `search` empty: all. `after` goes on behind a page."""

    kind: str = ""
    due: Due = Due.ANY
    search: str = ""
    after: str = ""
    limit: int = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits. Either a flow's task with what may be told of it, or a row with the kind that it is of.

    `rank` is by when it counts and `due` when it is due, in microseconds (None: by no time); `amount` has four digits
    after the point; `place` is where its source goes on.
    """

    kind: str
    id: int
    rank: int | None
    amount: int | None
    place: tuple[object, ...]
    task: FlowTask | None = None
    subject: Subject | None = None
    row: Record | None = None
    declared: InboxKind | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """What counts first comes first, then the larger amount, then what stands longer."""
        return (_LAST if self.rank is None else self.rank, _LAST if self.amount is None else -self.amount, self.id)


@dataclass(frozen=True, slots=True)
class Day:
    """Now, and the end of today where the reader is."""

    now: int
    end: int
    today: date

    @classmethod
    def of(cls, context: Context) -> Day:
        tomorrow = context.today + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), ZoneInfo(context.zone))
        return cls(to_micros(context.now), to_micros(midnight), context.today)

    def holds(self, due: Due, at: int | None) -> bool:
        """Whether something due at a moment is among what is asked for."""
        match due:
            case Due.OVERDUE:
                return at is not None and at < self.now
            case Due.TODAY:
                return at is not None and self.now <= at < self.end
            case Due.LATER:
                return at is None or at >= self.end
            case _:
                return True
