"""Tables of negotiations: what was decided, with everything that it was decided on, as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

DECISION = "dougong_negotiation_decision"
_TEXT, _NUMBER = PhysicalKind.TEXT, PhysicalKind.INTEGER
DECISION_TABLE = Table(
    DECISION,
    (
        Column("id", _NUMBER, nullable=False),
        Column("negotiation", _TEXT, nullable=False),
        Column("entity", _TEXT, nullable=False),
        Column("record", _NUMBER, nullable=False),
        Column("at", _NUMBER, nullable=False),
        Column("by", _NUMBER, nullable=False),
        Column("choice", _TEXT, nullable=False),
        Column("reason", _TEXT, nullable=False),
        Column("definition", _TEXT, nullable=False),
        Column("given", _TEXT, nullable=False),
        Column("said", _TEXT, nullable=False),
        Column("evidence", _TEXT, nullable=False),
        Column("content_hash", _TEXT, nullable=False),
    ),
    indexes=(Index("dougong_negotiation_decision__record", ("negotiation", "record", "id")),),
)
_COLUMNS = tuple(one.name for one in DECISION_TABLE.columns)


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as it is kept: `given` are the stakes with the terms chosen and the offer, `said` the advice, `evidence`
    the rows; all as text, sealed by `content_hash`. `definition` is the hash of the negotiation's text."""

    id: int
    negotiation: str
    entity: str
    record: int
    at: datetime
    by: int
    choice: str
    reason: str
    definition: str
    given: str
    said: str
    evidence: str
    content_hash: str


def add_decision(session: Session, decision: KeptDecision) -> None:
    row = {name: getattr(decision, name) for name in _COLUMNS}
    insert(session, DECISION, row | {"at": to_micros(decision.at)})


def kept_decision(session: Session, identity: int) -> KeptDecision | None:
    rows = select(session, DECISION, _COLUMNS, {"id": identity})
    return _decision(rows[0]) if rows else None


def kept_decisions(session: Session, where: Mapping[str, object], most: int = 200) -> list[KeptDecision]:
    """The newest first."""
    return [_decision(row) for row in select(session, DECISION, _COLUMNS, where, order=("-id",), limit=most)]


def _decision(row: Row) -> KeptDecision:
    cells = dict(zip(_COLUMNS, row, strict=True))
    texts = {name: str(cells[name]) for name in _COLUMNS if name not in {"id", "record", "at", "by"}}
    identity, record, at, by = (int(str(cells[name])) for name in ("id", "record", "at", "by"))
    return KeptDecision(id=identity, record=record, at=from_micros(at), by=by, **texts)
