"""Audit: who did what with the installation's doors, in a chain in which every entry seals the one before.

An entry holds codes and ids, never a value of a record. Each is sealed with HMAC-SHA-256 (RFC 2104) under the
installation's key over its own fields and the seal before; whoever alters, inserts or removes an entry without the key
breaks the chain from there on, and cutting off its end shows in the head row, which keeps the length and the last seal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, insert_first, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

AUDIT, HEAD = "dougong_audit", "dougong_audit_head"
COLUMNS = ("position", "at", "actor", "viewing_as", "action", "subject", "outcome", "address", "request", "previous")
AUDIT_TABLES = (
    Table(
        AUDIT,
        (
            Column("position", PhysicalKind.INTEGER, nullable=False),
            Column("at", PhysicalKind.INTEGER, nullable=False),
            Column("actor", PhysicalKind.INTEGER),
            Column("viewing_as", PhysicalKind.TEXT),
            Column("action", PhysicalKind.TEXT, nullable=False),
            Column("subject", PhysicalKind.TEXT, nullable=False),
            Column("outcome", PhysicalKind.TEXT, nullable=False),
            Column("address", PhysicalKind.TEXT),
            Column("request", PhysicalKind.TEXT),
            Column("previous", PhysicalKind.TEXT, nullable=False),
            Column("seal", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("position",),
        indexes=(Index("dougong_audit__actor", ("actor", "position")),),
    ),
    Table(
        HEAD,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("length", PhysicalKind.INTEGER, nullable=False),
            Column("seal", PhysicalKind.TEXT, nullable=False),
        ),
    ),
)
FIRST = "0" * 64
PAGE = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be recorded: a code, what it was done to (codes and ids), and how it ended."""

    at: datetime
    action: str
    actor: int | None = None
    viewing_as: str | None = None
    subject: str = ""
    outcome: str = "done"
    address: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An act as recorded at its position, from 1."""

    position: int
    act: Act


def append(session: Session, key: bytes, act: Act) -> None:
    """Record an act in this transaction. The head row is locked until the commit, so positions have no gap."""
    if not update(session, HEAD, {"id": 1}, {"id": 1}):
        insert_first(session, HEAD, {"id": 1, "length": 0, "seal": FIRST})
    length, previous = select(session, HEAD, ("length", "seal"), {"id": 1})[0]
    row = {
        "position": int(str(length)) + 1,
        "at": to_micros(act.at),
        "actor": act.actor,
        "viewing_as": act.viewing_as,
        "action": act.action,
        "subject": act.subject,
        "outcome": act.outcome,
        "address": act.address,
        "request": act.request,
        "previous": str(previous),
    }
    seal = _seal(key, tuple(row[name] for name in COLUMNS))
    insert(session, AUDIT, {**row, "seal": seal})
    update(session, HEAD, {"length": row["position"], "seal": seal}, {"id": 1})


def newest(
    session: Session, below: int | None = None, limit: int = 50, where: Mapping[str, object] | None = None
) -> list[AuditEntry]:
    """Entries, newest first; `below` continues after a position, `where` asks for columns that hold these values."""
    where = {**(where or {}), **({} if below is None else {"position <": below})}
    return [_entry(row) for row in select(session, AUDIT, COLUMNS, where, order=("-position",), limit=limit)]


def first_broken(session: Session, key: bytes | None) -> int | None:
    """The position from which the chain does not hold, None when all of it does. Without the key only its links are seen."""
    expected, previous = 1, FIRST
    for row in _rows(session):
        linked = row[0] == expected and row[9] == previous
        if not linked or (key is not None and row[10] != _seal(key, tuple(row[:10]))):
            return expected
        expected, previous = expected + 1, str(row[10])
    head = select(session, HEAD, ("length", "seal"), {"id": 1})
    length, seal = (int(str(head[0][0])), str(head[0][1])) if head else (0, FIRST)
    return None if (length, seal) == (expected - 1, previous) else expected


def seal_anew(session: Session, key: bytes) -> None:
    """Seal the whole chain under another key, for an installation whose own key is lost. Who does so says it in an act."""
    previous = FIRST
    for row in _rows(session):
        seal = _seal(key, (*row[:9], previous))
        update(session, AUDIT, {"previous": previous, "seal": seal}, {"position": row[0]})
        previous = seal
    go_on(session)


def go_on(session: Session) -> None:
    """Let the chain go on after the last entry that stands, when the head says otherwise. Who does so says it in an act."""
    last = select(session, AUDIT, ("position", "seal"), order=("-position",), limit=1)
    length, seal = last[0] if last else (0, FIRST)
    if not update(session, HEAD, {"length": length, "seal": seal}, {"id": 1}):
        insert(session, HEAD, {"id": 1, "length": length, "seal": seal})


def _rows(session: Session) -> Iterator[Row]:
    last = 0
    while True:
        found = select(session, AUDIT, (*COLUMNS, "seal"), {"position >": last}, order=("position",), limit=PAGE)
        yield from found
        if len(found) < PAGE:
            return
        last = int(str(found[-1][0]))


def _seal(key: bytes, fields: tuple[object, ...]) -> str:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    own = hmac.digest(key, b"dougong audit", "sha256")
    return hmac.new(own, text.encode(), hashlib.sha256).hexdigest()


def _entry(row: Row) -> AuditEntry:
    position, at, actor, viewing_as, action, subject, outcome, address, request, _ = row
    act = Act(
        from_micros(int(str(at))),
        str(action),
        int(str(actor)) if actor is not None else None,
        str(viewing_as) if viewing_as else None,
        str(subject),
        str(outcome),
        str(address) if address else None,
        str(request) if request else None,
    )
    return AuditEntry(int(str(position)), act)
