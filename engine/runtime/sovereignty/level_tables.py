"""Tables of classification: what a scan found of each field, and what people decided of it. Neither holds a value of a record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.model.levels import UNKNOWN
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, insert_many, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.sovereignty.columns import ColumnLevel, Evidence
from engine.runtime.sovereignty.levels import FieldName

FINDING, DECISION = "dougong_level_finding", "dougong_level_decision"
FINDING_TABLE = Table(
    FINDING,
    (
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("field", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("latest", PhysicalKind.TEXT, nullable=False),
        Column("kind", PhysicalKind.TEXT),
        Column("score", PhysicalKind.INTEGER, nullable=False),
        Column("sampled", PhysicalKind.INTEGER, nullable=False),
        Column("evidence", PhysicalKind.TEXT, nullable=False),
        Column("rules", PhysicalKind.TEXT, nullable=False),
        Column("at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("entity", "field"),
)
DECISION_TABLE = Table(
    DECISION,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("field", PhysicalKind.TEXT, nullable=False),
        Column("act", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("suggested", PhysicalKind.TEXT, nullable=False),
        Column("kind", PhysicalKind.TEXT),
        Column("reason", PhysicalKind.TEXT),
        Column("rules", PhysicalKind.TEXT, nullable=False),
        Column("decided_by", PhysicalKind.INTEGER),
        Column("decided_at", PhysicalKind.INTEGER, nullable=False),
    ),
    indexes=(Index("dougong_level_decision__field", ("entity", "field", "id")),),
)
LEVEL_TABLES = (FINDING_TABLE, DECISION_TABLE)
_FINDING = tuple(one.name for one in FINDING_TABLE.columns)
_DECISION = tuple(one.name for one in DECISION_TABLE.columns)


class LevelAct(StrEnum):
    """What a person did with a suggestion: it holds, it does not, or a lower level than it does."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Finding:
    """What scans found of a field. `level` is the highest that any of them gave, `latest` what the last one gave: where that
    is lower, the field has drifted, and a person decides."""

    entity: str
    field: str
    level: str
    latest: str
    kind: str | None
    score: float
    sampled: int
    evidence: tuple[Evidence, ...]
    rules: str
    at: datetime

    @property
    def drifted(self) -> bool:
        return self.latest < self.level


@dataclass(frozen=True, slots=True)
class LevelDecision:
    """What a person decided of a field: the level that is to hold, what was suggested to them, and why not that."""

    id: int
    entity: str
    field: str
    act: LevelAct
    level: str
    suggested: str
    kind: str | None
    reason: str | None
    rules: str
    decided_by: int | None
    decided_at: datetime


def findings(session: Session) -> dict[FieldName, Finding]:
    """What was found of all fields."""
    found = (_finding(row) for row in select(session, FINDING, _FINDING, order=("entity", "field")))
    return {(one.entity, one.field): one for one in found}


def keep_findings(session: Session, found: Iterable[tuple[FieldName, ColumnLevel]], now: datetime) -> None:
    """Keep what a scan of all fields found. A level never falls by it; fields that are no more go."""
    before = findings(session)
    rows = [_row(name, one, before.get(name), now) for name, one in found]
    delete(session, FINDING, {"entity >=": ""})
    insert_many(session, FINDING, rows)


def decisions(session: Session) -> dict[FieldName, LevelDecision]:
    """The last decision on each field."""
    found = (_decision(row) for row in select(session, DECISION, _DECISION, order=("id",)))
    return {(one.entity, one.field): one for one in found}


def decisions_of(session: Session, name: FieldName) -> list[LevelDecision]:
    """All decisions on a field, the newest first."""
    where = {"entity": name[0], "field": name[1]}
    return [_decision(row) for row in select(session, DECISION, _DECISION, where, order=("-id",))]


def keep_decision(session: Session, decision: LevelDecision) -> None:
    """Keep a decision beside the earlier ones."""
    row = {
        "id": decision.id,
        "entity": decision.entity,
        "field": decision.field,
        "act": decision.act.value,
        "level": decision.level,
        "suggested": decision.suggested,
        "kind": decision.kind,
        "reason": decision.reason,
        "rules": decision.rules,
        "decided_by": decision.decided_by,
        "decided_at": to_micros(decision.decided_at),
    }
    insert(session, DECISION, row)


def confirmed_levels(session: Session) -> dict[FieldName, str]:
    """The level that people decided for a field, by its last decision; a refused suggestion gives none."""
    return {name: one.level for name, one in decisions(session).items() if one.act is not LevelAct.REFUSE}


def _row(name: FieldName, one: ColumnLevel, before: Finding | None, now: datetime) -> dict[str, object]:
    kept = before is not None and before.level > one.level
    told = before.evidence if before is not None and kept else one.evidence
    return {
        "entity": name[0],
        "field": name[1],
        "level": before.level if before is not None and kept else one.level,
        "latest": one.level,
        "kind": before.kind if before is not None and kept else one.kind,
        "score": round(100 * (before.score if before is not None and kept else one.score)),
        "sampled": one.sampled,
        "evidence": json.dumps(
            [[part.place, part.kind, part.by, part.count, part.of] for part in told], ensure_ascii=False
        ),
        "rules": one.rules,
        "at": to_micros(now),
    }


def _finding(row: Row) -> Finding:
    entity, field, level, latest, kind, score, sampled, evidence, rules, at = row
    return Finding(
        str(entity),
        str(field),
        str(level or UNKNOWN),
        str(latest),
        None if kind is None else str(kind),
        int(str(score)) / 100,
        int(str(sampled)),
        tuple(Evidence(*part) for part in json.loads(str(evidence))),
        str(rules),
        from_micros(int(str(at))),
    )


def _decision(row: Row) -> LevelDecision:
    identity, entity, field, act, level, suggested, kind, reason, rules, decided_by, decided_at = row
    return LevelDecision(
        int(str(identity)),
        str(entity),
        str(field),
        LevelAct(str(act)),
        str(level),
        str(suggested),
        None if kind is None else str(kind),
        None if reason is None else str(reason),
        str(rules),
        None if decided_by is None else int(str(decided_by)),
        from_micros(int(str(decided_at))),
    )
