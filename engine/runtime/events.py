"""The event log: ids and versions only, read without gaps. Triggers, live pages, search and sync stand on it alone.

A row that is written is an event; so is what happens beside one (a comment, a file, a flow that moves on) and what comes
to a person by it: then the event names the person too.

SQLite: the single writer numbers the events, so their ids are in commit order. PostgreSQL: each event keeps its
transaction's id; readers take what is below the oldest transaction still running, ordered by (transaction, id), so that a
late commit is never skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sqlglot import exp, parse_one

from engine.model.app import AppModel
from engine.model.requests import Change
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, StatementCache, compile_statement
from engine.runtime.instants import to_micros
from engine.runtime.rows import FEW, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

EVENT, CURSOR = "dougong_event", "dougong_event_cursor"
EVENT_TABLES = (
    Table(
        EVENT,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("transaction", PhysicalKind.INTEGER, nullable=False),
            Column("entity", PhysicalKind.TEXT, nullable=False),
            Column("record", PhysicalKind.INTEGER, nullable=False),
            Column("version", PhysicalKind.INTEGER, nullable=False),
            Column("action", PhysicalKind.TEXT, nullable=False),
            Column("at", PhysicalKind.INTEGER, nullable=False),
            Column("user_id", PhysicalKind.INTEGER),
        ),
        indexes=(Index("dougong_event__order", ("transaction", "id")),),
    ),
    Table(
        CURSOR,
        (
            Column("subscriber", PhysicalKind.TEXT, nullable=False),
            Column("transaction", PhysicalKind.INTEGER, nullable=False),
            Column("event", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("subscriber",),
    ),
)
LAST = 2**63 - 1
"""An identifier behind all others."""
NAMES = ("id", "transaction", "entity", "record", "version", "action", "at", "user_id")
_CACHE = StatementCache(16)


class Aspect(StrEnum):
    """What an event is about that is no writing of its row.

    Beside the row: a comment, a file, a flow about it. For a person: a flow asks or tells them or asks them no more, a flow
    that they have started moves on, a row waits for them or does no more, a notice has come or was read, an import of theirs
    or what they do to many rows has gone on. Of a knowledge graph, whose name stands for the entity: it was changed.
    """

    COMMENT = "comment"
    FILE = "file"
    FLOW = "flow"
    ASKED = "asked"
    STARTED = "started"
    HELD = "held"
    TOLD = "told"
    IMPORTED = "imported"
    GRAPH = "graph"


ASPECTS = frozenset(Aspect)
OF_A_PERSON = frozenset({Aspect.ASKED, Aspect.STARTED, Aspect.HELD, Aspect.TOLD, Aspect.IMPORTED})


@dataclass(frozen=True, slots=True, order=True)
class EventPosition:
    """Where a reader stands: everything up to here was read."""

    transaction: int = 0
    event: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A record was written: which, to which version, how, when (microseconds); or, by its action, an `Aspect` of it.

    `user` is for whom: whom an aspect concerns, or whom the written row waits for.
    """

    position: EventPosition
    entity: str
    record: int
    version: int
    action: str
    at: int
    user: int | None = None


class EventSink:
    """Logs every Change; one of a row that waits for somebody with those for whom it waits, or did until then."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        holding = work.model.derived(_holding)
        moments = {at: to_micros(at) for at in {one.at for one in changes}}
        rows: list[_Event] = []
        for change in changes:
            at, fields = moments[change.at], holding.get(change.entity)
            if fields is None:
                rows.append((change.entity, change.id, change.version, change.action, at, None))
                continue
            now, earlier = _holders(change, fields)
            rows.append((change.entity, change.id, change.version, change.action, at, now[0] if now else None))
            rows += (_row(work, change.entity, change.id, Aspect.HELD.value, one) for one in (*now[1:], *earlier))
        _append(work, rows)


def log_deletions(work: Work, entity: str, rows: Sequence[tuple[int, int]]) -> None:
    """Log that rows, by id and version, were deleted which wait for nobody."""
    at = to_micros(work.context.now)
    _append(work, [(entity, record, version, "delete", at, None) for record, version in rows])


def tell_beside(work: Work, entity: str, record: int, aspect: Aspect, users: Iterable[int] = ()) -> None:
    """Log what happens beside a record; an aspect of persons once for each of the users."""
    tell_aspects(work, entity, record, {aspect: users})


def tell_aspects(work: Work, entity: str, record: int, aspects: Mapping[Aspect, Iterable[int]]) -> None:
    """The same of several aspects, with the users of those that are of persons."""
    _append(
        work,
        [
            _row(work, entity, record, aspect.value, user)
            for aspect, users in aspects.items()
            for user in (sorted({one for one in users if one}) if aspect in OF_A_PERSON else (None,))
        ],
    )


def _holders(change: Change, fields: Sequence[str]) -> tuple[list[int], list[int]]:
    """For whom a row waits as its inbox kinds have it, and for whom it did and does no more."""
    now, before = (
        list(dict.fromkeys(int(str(row[name])) for name in fields if row.get(name)))
        for row in (change.after or {}, change.before or {})
    )
    return now, [one for one in before if one not in now]


def _holding(model: AppModel) -> Mapping[str, tuple[str, ...]]:
    """The fields of entities with whom their rows wait for."""
    kinds = (
        (entity.name, tuple(dict.fromkeys(one.holder for one in entity.inbox))) for entity in model.entities.values()
    )
    return {name: fields for name, fields in kinds if fields}


_Event = tuple[str, int, int, str, int, int | None]
"""What is logged, in the order of `LOGGED` behind the id."""
LOGGED = ("id", "entity", "record", "version", "action", "at", "user_id")


def _row(work: Work, entity: str, record: int, action: str, user: int | None) -> _Event:
    return entity, record, 0, action, to_micros(work.context.now), user


def _append(work: Work, rows: Sequence[_Event]) -> None:
    if not rows:
        return
    identities = work.ids.many(len(rows))
    if len(rows) > FEW:
        transaction = _transaction(work.session)
        numbered = [(one, *row, transaction) for one, row in zip(identities, rows, strict=True)]
        work.session.load(EVENT, (*LOGGED, "transaction"), numbered)
        return
    named = [dict(zip(LOGGED, (one, *row), strict=True)) for one, row in zip(identities, rows, strict=True)]
    work.session.execute_many(_logging(work.session.dialect), named)


def _transaction(session: Session) -> int:
    """The number of the transaction in PostgreSQL."""
    if session.dialect == "sqlite":
        return 0
    asked = _CACHE.get(("transaction",), lambda: compile_statement(exp.select(_own()), session.dialect))
    row = session.row(asked)
    assert row is not None
    return int(str(row[0]))


def _own() -> exp.Expr:
    return parse_one("CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)", read="postgres")


def read_events(session: Session, after: EventPosition, limit: int = 1000) -> list[Event]:
    """The events after a position in order, never skipping one that commits late."""
    statement = _CACHE.get(("read", session.dialect, limit), lambda: _read(session, limit))
    rows = session.rows(statement, {"transaction": after.transaction, "event": after.event})
    return [
        Event(
            EventPosition(int(str(row[1])), int(str(row[0]))),
            str(row[2]),
            int(str(row[3])),
            int(str(row[4])),
            str(row[5]),
            int(str(row[6])),
            None if row[7] is None else int(str(row[7])),
        )
        for row in rows
    ]


def visible_events(session: Session, after: EventPosition, limit: int) -> list[tuple[EventPosition, str, int]]:
    """The events after a position that the session sees, with entity and record, also those that others may yet come before."""
    statement = _CACHE.get(("visible", session.dialect, limit), lambda: _visible(session, limit))
    rows = session.rows(statement, {"transaction": after.transaction, "event": after.event})
    return [(EventPosition(int(str(row[1])), int(str(row[0]))), str(row[2]), int(str(row[3]))) for row in rows]


def settled_before(session: Session) -> int:
    """The transaction before which none comes any more in what the session sees."""
    if session.dialect == "sqlite":
        return LAST
    row = session.row(_CACHE.get(("horizon",), lambda: compile_statement(exp.select(_horizon()), "postgres")))
    return int(str(row[0])) if row else 0


def position_of(session: Session, subscriber: str) -> EventPosition:
    """How far a subscriber has read."""
    rows = select(session, CURSOR, ("transaction", "event"), {"subscriber": subscriber})
    return EventPosition(int(str(rows[0][0])), int(str(rows[0][1]))) if rows else EventPosition()


def newest(session: Session) -> int:
    """The identifier of the newest event, 0 before the first."""
    rows = select(session, EVENT, ("id",), order=("-transaction", "-id"), limit=1)
    return int(str(rows[0][0])) if rows else 0


@cache
def _logging(dialect: Dialect) -> Statement:
    """One event more, under the number of its transaction in PostgreSQL."""
    own = _own() if dialect == "postgres" else exp.Literal.number(0)
    columns = [exp.to_identifier(name, quoted=True) for name in (*LOGGED, "transaction")]
    values = exp.Tuple(expressions=[*(exp.Placeholder(this=name) for name in LOGGED), own])
    target = exp.Schema(this=exp.to_table(EVENT), expressions=columns)
    return compile_statement(exp.Insert(this=target, expression=exp.Values(expressions=[values])), dialect)


def end_of_log(session: Session) -> EventPosition:
    """Where a reader stands who has missed nothing yet: whatever is committed from now on comes after it."""
    if session.dialect == "sqlite":
        return EventPosition(0, newest(session))
    row = session.row(_CACHE.get(("horizon",), lambda: compile_statement(exp.select(_horizon()), "postgres")))
    return EventPosition(int(str(row[0])) - 1, LAST) if row else EventPosition()


def _horizon() -> exp.Expr:
    """The oldest transaction still running."""
    return parse_one("CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)", read="postgres")


def _read(session: Session, limit: int) -> Statement:
    """In SQLite identifiers alone are the order, so that their index finds the place in it; in PostgreSQL both numbers."""
    if session.dialect == "sqlite":
        return compile_statement(_in_order(session).limit(limit), session.dialect)
    settled = exp.LT(this=exp.column("transaction", quoted=True), expression=_horizon())
    return compile_statement(_in_order(session).where(settled).limit(limit), session.dialect)


def _visible(session: Session, limit: int) -> Statement:
    return compile_statement(_in_order(session).limit(limit), session.dialect)


def _in_order(session: Session) -> exp.Select:
    """All events after a position, in order."""
    transaction, identity = exp.column("transaction", quoted=True), exp.column("id", quoted=True)
    select_events = exp.select(*(exp.column(name, quoted=True) for name in NAMES)).from_(exp.to_table(EVENT))
    if session.dialect == "sqlite":
        after = exp.GT(this=identity.copy(), expression=exp.Placeholder(this="event"))
        return select_events.where(after).order_by(identity)
    stands = exp.Tuple(expressions=[exp.Placeholder(this="transaction"), exp.Placeholder(this="event")])
    after = exp.GT(this=exp.Tuple(expressions=[transaction.copy(), identity.copy()]), expression=stands)
    return select_events.where(after).order_by(transaction, identity)
