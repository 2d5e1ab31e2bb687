"""Audit: who did what with the installation's doors. Writers only add entries; one sealer numbers and chains them.

An entry holds codes and ids, never a value of a record. It waits, committed with its transaction, until the sealer (see
engine.runtime.audit_chain) gives it the next position, at most about a second later. No lock is shared by writers, and
nothing waits for another's commit: a late commit is sealed in a later turn, never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.runtime.database.protocol import Row, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import count, insert_first, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

AUDIT, HEAD, WAITING, SIGNED = (
    "dougong_audit",
    "dougong_audit_head",
    "dougong_audit_waiting",
    "dougong_audit_signed",
)
TAKEN, CANARY, READ = "dougong_audit_taken", "dougong_audit_canary", "read"
TOLD = ("at", "actor", "viewing_as", "action", "subject", "outcome", "address", "request")
"""What an entry tells."""
_TELLING = (
    Column("at", PhysicalKind.INTEGER, nullable=False),
    Column("actor", PhysicalKind.INTEGER),
    Column("viewing_as", PhysicalKind.TEXT),
    Column("action", PhysicalKind.TEXT, nullable=False),
    Column("subject", PhysicalKind.TEXT, nullable=False),
    Column("outcome", PhysicalKind.TEXT, nullable=False),
    Column("address", PhysicalKind.TEXT),
    Column("request", PhysicalKind.TEXT),
)
AUDIT_TABLES = (
    Table(
        AUDIT,
        (
            Column("position", PhysicalKind.INTEGER, nullable=False),
            *_TELLING,
            Column("previous", PhysicalKind.TEXT, nullable=False),
            Column("seal", PhysicalKind.TEXT, nullable=False),
            Column("rule", PhysicalKind.TEXT),
            Column("digest", PhysicalKind.TEXT),
            Column("salt", PhysicalKind.TEXT),
            Column("commitment", PhysicalKind.TEXT),
        ),
        primary_key=("position",),
        indexes=(Index("dougong_audit__actor", ("actor", "position")),),
    ),
    Table(
        WAITING,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            *_TELLING,
            Column("digest", PhysicalKind.TEXT),
        ),
    ),
    Table(
        HEAD,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("length", PhysicalKind.INTEGER, nullable=False),
            Column("seal", PhysicalKind.TEXT, nullable=False),
            Column("signed", PhysicalKind.TEXT),
            Column("holder", PhysicalKind.TEXT),
            Column("leased_until", PhysicalKind.INTEGER),
            Column("fence", PhysicalKind.INTEGER),
            Column("anchored", PhysicalKind.INTEGER),
        ),
    ),
    Table(
        SIGNED,
        (
            Column("position", PhysicalKind.INTEGER, nullable=False),
            Column("at", PhysicalKind.INTEGER, nullable=False),
            Column("seal", PhysicalKind.TEXT, nullable=False),
            Column("key", PhysicalKind.TEXT, nullable=False),
            Column("signature", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("position",),
    ),
    Table(
        CANARY,
        (
            Column("entity", PhysicalKind.TEXT, nullable=False),
            Column("record", PhysicalKind.INTEGER, nullable=False),
            Column("at", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("entity", "record"),
    ),
    Table(TAKEN, (Column("name", PhysicalKind.TEXT, nullable=False),), primary_key=("name",)),
)


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be recorded: a code, what it was done to (codes and ids), and how it ended.

    `digest` is the SM3 of a set that the act is about and that is too long to name, such as the rows of a page.
    """

    at: datetime
    action: str
    actor: int | None = None
    viewing_as: str | None = None
    subject: str = ""
    outcome: str = "done"
    address: str | None = None
    request: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An act as recorded: at its position, from 1; at 0 while it waits to be sealed, under its `ticket` then."""

    position: int
    act: Act
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Unsealed:
    """How many entries wait to be sealed, and since when the oldest does."""

    count: int
    oldest: datetime | None


_NO_READS: Mapping[str, object] = {"action <>": READ}


def append(session: Session, ids: IdSource, act: Act) -> None:
    """Record an act in this transaction, without a lock that others would wait for."""
    row = {
        "id": ids.next(),
        "at": to_micros(act.at),
        "actor": act.actor,
        "viewing_as": act.viewing_as,
        "action": act.action,
        "subject": act.subject,
        "outcome": act.outcome,
        "address": act.address,
        "request": act.request,
        "digest": act.digest,
    }
    insert_first(session, WAITING, row)


def newest(
    session: Session, below: int | None = None, limit: int = 50, where: Mapping[str, object] | None = None
) -> list[AuditEntry]:
    """Entries, newest first: those that wait, then the sealed ones. `below` continues after a position, or after the ticket
    of one that waits, given as a negative number; `where` asks for columns that hold these values. Reads of guarded fields,
    which are many, are among them only when the action is asked for."""
    where = where or {}
    where = where if "action" in where else {**where, **_NO_READS}
    waiting: list[AuditEntry] = []
    if below is None or below < 0:
        after = where if below is None else {**where, "id <": -below}
        waiting = [_waiting(row) for row in select(session, WAITING, ("id", *TOLD), after, ("-id",), limit)]
        below = None
    left = limit - len(waiting)
    if not left:
        return waiting
    where = where if below is None else {**where, "position <": below}
    found = select(session, AUDIT, ("position", *TOLD), where, order=("-position",), limit=left)
    return waiting + [AuditEntry(int(str(row[0])), act_of(row[1:])) for row in found]


def unsealed(session: Session) -> Unsealed:
    """What waits to be sealed."""
    oldest = select(session, WAITING, ("at",), order=("id",), limit=1)
    if not oldest:
        return Unsealed(0, None)
    return Unsealed(count(session, WAITING, {"id >": 0}), from_micros(int(str(oldest[0][0]))))


def _waiting(row: Row) -> AuditEntry:
    return AuditEntry(0, act_of(row[1:]), int(str(row[0])))


def act_of(row: Row) -> Act:
    """What the columns of `TOLD` tell."""
    at, actor, viewing_as, action, subject, outcome, address, request = row
    return Act(
        from_micros(int(str(at))),
        str(action),
        int(str(actor)) if actor is not None else None,
        str(viewing_as) if viewing_as else None,
        str(subject),
        str(outcome),
        str(address) if address else None,
        str(request) if request else None,
    )
