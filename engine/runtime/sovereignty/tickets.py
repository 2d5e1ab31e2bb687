"""Rectification tickets: what a refusal leaves for somebody to mend. Field names, levels and counts; never a value.

A ticket has an owner and a due time from its first moment, counts the same refusal again within a day, and is closed by a
re-test that passes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.model.names import Label
from engine.runtime.database.protocol import Row, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

TICKET = "dougong_rectification"
TICKET_TABLE = Table(
    TICKET,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("fingerprint", PhysicalKind.TEXT, nullable=False),
        Column("opened_at", PhysicalKind.INTEGER, nullable=False),
        Column("last_at", PhysicalKind.INTEGER, nullable=False),
        Column("due_at", PhysicalKind.INTEGER, nullable=False),
        Column("times", PhysicalKind.INTEGER, nullable=False),
        Column("destination", PhysicalKind.TEXT, nullable=False),
        Column("purpose", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("rule", PhysicalKind.TEXT, nullable=False),
        Column("place", PhysicalKind.TEXT, nullable=False),
        Column("fields", PhysicalKind.TEXT, nullable=False),
        Column("tags", PhysicalKind.TEXT, nullable=False),
        Column("rows", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER),
        Column("service", PhysicalKind.TEXT),
        Column("owner", PhysicalKind.TEXT, nullable=False),
        Column("escalated", PhysicalKind.INTEGER, nullable=False),
        Column("closed_at", PhysicalKind.INTEGER),
        Column("closed_by", PhysicalKind.INTEGER),
    ),
    indexes=(
        Index("dougong_rectification__same", ("fingerprint", "last_at")),
        Index("dougong_rectification__open", ("closed_at", "due_at")),
    ),
)
DUE = {"C": timedelta(hours=4), "I": timedelta(hours=4), "G4": timedelta(hours=24), "G3": timedelta(hours=72)}
LATER = timedelta(days=7)
"""When what is of a lower level is due."""
AGAIN = timedelta(hours=24)
"""Within this the same refusal is the same ticket."""
UNTOLD, TOLD, HALF, OVER = 0, 1, 2, 3
"""How far a ticket is escalated: nobody was told, told, half of its time is over, all of it."""
LONGEST = 400
COLUMNS = tuple(one.name for one in TICKET_TABLE.columns)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a ticket is about: where something wanted to go, as what, from which place, and the rule that kept it."""

    destination: str
    purpose: str
    level: str
    rule: str
    place: str
    fields: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    rows: int = 0
    user: int | None = None
    service: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same fault, whoever meets it."""
        parts = (self.destination, self.purpose, self.level, self.rule, self.place)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as kept; `owner` in both languages."""

    id: int
    fault: Fault
    owner: Label
    opened_at: datetime
    last_at: datetime
    due_at: datetime
    times: int
    escalated: int
    closed_at: datetime | None
    closed_by: int | None


def report(session: Session, ids: IdSource, fault: Fault, owner: Label, now: datetime) -> tuple[int, bool]:
    """The ticket of a fault, and whether it is a new one; the same fault within a day counts in the ticket that is open."""
    at = to_micros(now)
    same = {"fingerprint": fault.fingerprint, "closed_at is null": None, "last_at >": at - to_micros_of(AGAIN)}
    found = select(session, TICKET, ("id", "times"), same, order=("-last_at",), limit=1, lock=True)
    if found:
        identity = int(str(found[0][0]))
        update(session, TICKET, {"times": int(str(found[0][1])) + 1, "last_at": at}, {"id": identity})
        return identity, False
    identity = ids.next()
    row = {
        "id": identity,
        "fingerprint": fault.fingerprint,
        "opened_at": at,
        "last_at": at,
        "due_at": at + to_micros_of(DUE.get(fault.level, LATER)),
        "times": 1,
        "destination": fault.destination,
        "purpose": fault.purpose,
        "level": fault.level,
        "rule": fault.rule,
        "place": fault.place,
        "fields": " ".join(fault.fields)[:LONGEST],
        "tags": " ".join(sorted(fault.tags)),
        "rows": fault.rows,
        "user_id": fault.user,
        "service": fault.service,
        "owner": json.dumps(dict(owner.texts), ensure_ascii=False, sort_keys=True),
        "escalated": UNTOLD,
        "closed_at": None,
        "closed_by": None,
    }
    insert(session, TICKET, row)
    return identity, True


def open_tickets(session: Session, limit: int = 200) -> list[Ticket]:
    """Tickets that wait, the first due first."""
    return [
        _ticket(row) for row in select(session, TICKET, COLUMNS, {"closed_at is null": None}, ("due_at", "id"), limit)
    ]


def closed_tickets(session: Session, limit: int = 20) -> list[Ticket]:
    """Tickets that were closed last, newest first."""
    rows = select(session, TICKET, COLUMNS, {"closed_at is not null": None}, ("-closed_at", "-id"), limit)
    return [_ticket(row) for row in rows]


def ticket_of(session: Session, identity: int, lock: bool = False) -> Ticket | None:
    """A ticket by its id."""
    rows = select(session, TICKET, COLUMNS, {"id": identity}, lock=lock)
    return _ticket(rows[0]) if rows else None


def close(session: Session, identity: int, user: int | None, now: datetime) -> None:
    """Close a ticket whose re-test passed."""
    update(session, TICKET, {"closed_at": to_micros(now), "closed_by": user}, {"id": identity})


def escalate(session: Session, ticket: Ticket, step: int) -> None:
    """Write down how far a ticket has been escalated."""
    update(session, TICKET, {"escalated": step}, {"id": ticket.id})


def step_of(ticket: Ticket, now: datetime) -> int:
    """How far a ticket should be escalated by now."""
    if now >= ticket.due_at:
        return OVER
    half = ticket.opened_at + (ticket.due_at - ticket.opened_at) / 2
    return HALF if now >= half else TOLD


def to_micros_of(span: timedelta) -> int:
    """A span in the unit of stored instants."""
    return span // timedelta(microseconds=1)


def _ticket(row: Row) -> Ticket:
    given = dict(zip(COLUMNS, row, strict=True))

    def number(name: str) -> int:
        return int(str(given[name]))

    def instant(name: str) -> datetime:
        return from_micros(number(name))

    fault = Fault(
        destination=str(given["destination"]),
        purpose=str(given["purpose"]),
        level=str(given["level"]),
        rule=str(given["rule"]),
        place=str(given["place"]),
        fields=tuple(str(given["fields"]).split()),
        tags=frozenset(str(given["tags"]).split()),
        rows=number("rows"),
        user=None if given["user_id"] is None else number("user_id"),
        service=None if given["service"] is None else str(given["service"]),
    )
    return Ticket(
        id=number("id"),
        fault=fault,
        owner=Label(json.loads(str(given["owner"]))),
        opened_at=instant("opened_at"),
        last_at=instant("last_at"),
        due_at=instant("due_at"),
        times=number("times"),
        escalated=number("escalated"),
        closed_at=None if given["closed_at"] is None else instant("closed_at"),
        closed_by=None if given["closed_by"] is None else number("closed_by"),
    )
