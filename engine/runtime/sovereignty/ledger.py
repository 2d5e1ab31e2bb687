"""The record of every attempt to leave: destination, decision, bytes, reason. Never a path, a header or a value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from engine.extensions import Clock, EgressRequest
from engine.model.context import Context
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

EGRESS = "dougong_egress"
EGRESS_TABLE = Table(
    EGRESS,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("at", PhysicalKind.INTEGER, nullable=False),
        Column("destination", PhysicalKind.TEXT, nullable=False),
        Column("purpose", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("decision", PhysicalKind.TEXT, nullable=False),
        Column("reason", PhysicalKind.TEXT),
        Column("status", PhysicalKind.INTEGER),
        Column("bytes_out", PhysicalKind.INTEGER, nullable=False),
        Column("bytes_in", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER),
        Column("service", PhysicalKind.TEXT),
        Column("run", PhysicalKind.TEXT),
        Column("rows", PhysicalKind.INTEGER),
        Column("digest", PhysicalKind.TEXT),
    ),
    indexes=(Index("dougong_egress__at", ("at",)),),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One recorded attempt. `decision` is allowed or refused; an allowed one that failed has a reason too."""

    at: datetime
    destination: str
    decision: str
    reason: str | None
    status: int | None
    bytes_out: int
    bytes_in: int
    purpose: str = ""
    level: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes attempts, each in a transaction of its own. Without a record nothing leaves: a failing write is raised."""

    database: Database
    ids: IdSource
    clock: Clock

    def opened(self, context: Context, request: EgressRequest) -> int:
        """Record that a request is let out, before it goes; the attempt's id."""
        return self.database.write(lambda session: self.write(session, context, request, "allowed", None))

    def closed(self, attempt: int, bytes_out: int, bytes_in: int, status: int | None, reason: str | None) -> None:
        """Record how an attempt ended."""
        values = {"bytes_out": bytes_out, "bytes_in": bytes_in, "status": status, "reason": reason}
        self.database.write(lambda session: update(session, EGRESS, values, {"id": attempt}))

    def write(
        self,
        session: Session,
        context: Context,
        request: EgressRequest,
        decision: str,
        reason: str | None,
        bytes_out: int = 0,
    ) -> int:
        """Record a decision in a transaction that is open; the attempt's id."""
        row = {
            "id": self.ids.next(),
            "at": to_micros(self.clock.now()),
            "destination": request.destination[:48],
            "purpose": request.purpose[:48],
            "level": request.level[:2],
            "decision": decision,
            "reason": reason,
            "status": None,
            "bytes_out": bytes_out,
            "bytes_in": 0,
            "user_id": context.principal.user_id or None,
            "service": context.principal.service,
            "run": context.run,
            "rows": request.about.rows or None,
            "digest": _digest(request),
        }
        insert(session, EGRESS, row)
        return int(str(row["id"]))


def _digest(request: EgressRequest) -> str:
    """A digest of what the decision was made on. Bodies and paths are not in it: a digest of a short value tells the value."""
    parts = (
        request.destination,
        request.purpose,
        request.level,
        request.method,
        request.about.place,
        *sorted(request.jurisdictions),
        *sorted(request.about.tags),
        *request.about.fields,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def recent_attempts(session: Session, limit: int = 20) -> list[Attempt]:
    """The newest attempts first."""
    names = ("at", "destination", "decision", "reason", "status", "bytes_out", "bytes_in", "purpose", "level", "rows")
    return [_attempt(row) for row in select(session, EGRESS, names, order=("-at", "-id"), limit=limit)]


def _attempt(row: Row) -> Attempt:
    at, destination, decision, reason, status, bytes_out, bytes_in, purpose, level, rows = row
    return Attempt(
        at=from_micros(int(str(at))),
        destination=str(destination),
        decision=str(decision),
        reason=None if reason is None else str(reason),
        status=None if status is None else int(str(status)),
        bytes_out=int(str(bytes_out)),
        bytes_in=int(str(bytes_in)),
        purpose=str(purpose),
        level=str(level),
        rows=int(str(rows or 0)),
    )
