"""Subscriptions: reports that people asked for, and declared ones that they left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from engine.model.reports import Every, Rhythm
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

REPORT = "dougong_report"
REPORT_TABLE = Table(
    REPORT,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("page", PhysicalKind.TEXT, nullable=False),
        Column("query", PhysicalKind.TEXT, nullable=False),
        Column("every", PhysicalKind.TEXT, nullable=False),
        Column("at", PhysicalKind.TEXT, nullable=False),
        Column("on_day", PhysicalKind.INTEGER, nullable=False),
        Column("left_of", PhysicalKind.TEXT, nullable=False),
        Column("last_slot", PhysicalKind.TEXT, nullable=False),
        Column("made_at", PhysicalKind.INTEGER, nullable=False),
    ),
    indexes=(Index("dougong_report__user", ("user_id", "id")), Index("dougong_report__left", ("left_of", "user_id"))),
)
COLUMNS = ("id", "user_id", "page", "query", "every", "at", "on_day", "last_slot")
MOST = 50
"""Reports of one person."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A report that somebody asked for: a dashboard, narrowed as its address says, in a rhythm; told last for a slot."""

    id: int
    user: int
    page: str
    query: str
    rhythm: Rhythm
    last: date | None


def subscribe(work: Work, page: str, query: str, rhythm: Rhythm, last: date | None) -> int:
    """A report for the work's principal; slots until `last` are past."""
    identity = work.ids.next()
    row = {
        "id": identity,
        "user_id": work.context.principal.user_id,
        "page": page,
        "query": query,
        "every": rhythm.every.value,
        "at": rhythm.at.strftime("%H:%M"),
        "on_day": rhythm.on,
        "left_of": "",
        "last_slot": last.isoformat() if last else "",
        "made_at": to_micros(work.context.now),
    }
    insert(work.session, REPORT, row)
    return identity


def subscriptions(session: Session, user: int | None = None) -> list[Subscription]:
    """Everybody's reports, or those of one person, oldest first."""
    where: dict[str, object] = {"left_of": ""} | ({"user_id": user} if user is not None else {})
    return [_subscription(row) for row in select(session, REPORT, COLUMNS, where, ("id",))]


def unsubscribe(session: Session, user: int, report: int) -> bool:
    """End a report of a person; one of somebody else is not found."""
    return delete(session, REPORT, {"id": report, "user_id": user, "left_of": ""}) > 0


def take_slot(session: Session, report: int, slot: date) -> bool:
    """Whether the slot of a report is still to be told: it is taken now, and never again."""
    told = slot.isoformat()
    return update(session, REPORT, {"last_slot": told}, {"id": report, "last_slot <": told}) > 0


def leave(work: Work, declared: str) -> None:
    """The work's principal gets a declared report no more."""
    come_back(work, declared)
    nothing = {"page": "", "query": "", "every": Every.DAY.value, "at": "00:00", "on_day": 1, "last_slot": ""}
    who = {"id": work.ids.next(), "user_id": work.context.principal.user_id, "left_of": declared}
    insert(work.session, REPORT, {**who, **nothing, "made_at": to_micros(work.context.now)})


def come_back(work: Work, declared: str) -> None:
    """The work's principal gets a declared report again."""
    delete(work.session, REPORT, {"left_of": declared, "user_id": work.context.principal.user_id})


def left(session: Session, declared: str) -> frozenset[int]:
    """Who does not want a declared report."""
    return frozenset(int(str(row[0])) for row in select(session, REPORT, ("user_id",), {"left_of": declared}))


def _subscription(row: tuple[object, ...]) -> Subscription:
    identity, user, page, query, every, at, on_day, last = row
    return Subscription(
        int(str(identity)),
        int(str(user)),
        str(page),
        str(query),
        Rhythm(Every(str(every)), time.fromisoformat(str(at)), int(str(on_day))),
        date.fromisoformat(str(last)) if last else None,
    )
