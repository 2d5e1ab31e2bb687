"""Bulk runs as durable things: who does what to the rows that a list finds, how far it is, and what became of each row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.diagnostics import Message
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, insert_many, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

BULK, BULK_ROW = "dougong_bulk", "dougong_bulk_row"
BULK_TABLES = (
    Table(
        BULK,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("entity", PhysicalKind.TEXT, nullable=False),
            Column("user_id", PhysicalKind.INTEGER, nullable=False),
            Column("post", PhysicalKind.TEXT, nullable=False),
            Column("locale", PhysicalKind.TEXT, nullable=False),
            Column("zone", PhysicalKind.TEXT, nullable=False),
            Column("act", PhysicalKind.TEXT, nullable=False),
            Column("fields", PhysicalKind.TEXT, nullable=False),
            Column("list", PhysicalKind.TEXT, nullable=False),
            Column("state", PhysicalKind.TEXT, nullable=False),
            Column("total", PhysicalKind.INTEGER, nullable=False),
            Column("position", PhysicalKind.INTEGER, nullable=False),
            Column("leg", PhysicalKind.INTEGER, nullable=False),
            Column("done", PhysicalKind.INTEGER, nullable=False),
            Column("same", PhysicalKind.INTEGER, nullable=False),
            Column("refused", PhysicalKind.INTEGER, nullable=False),
            Column("undone", PhysicalKind.INTEGER, nullable=False),
            Column("kept", PhysicalKind.INTEGER, nullable=False),
            Column("problem", PhysicalKind.TEXT),
            Column("created_at", PhysicalKind.INTEGER, nullable=False),
            Column("finished_at", PhysicalKind.INTEGER),
        ),
        indexes=(Index("dougong_bulk__user", ("user_id", "id")),),
    ),
    Table(
        BULK_ROW,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("bulk", PhysicalKind.INTEGER, nullable=False),
            Column("record", PhysicalKind.INTEGER, nullable=False),
            Column("fate", PhysicalKind.TEXT, nullable=False),
            Column("reason", PhysicalKind.TEXT),
        ),
        indexes=(Index("dougong_bulk_row__fate", ("bulk", "fate", "record")),),
    ),
)
COLUMNS = tuple(one.name for one in BULK_TABLES[0].columns)


class BulkState(StrEnum):
    """How a run does: rows are dealt with, all are, what it did is taken back, all of that is; or it cannot go on."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


WORKING = frozenset({BulkState.RUNNING, BulkState.UNDOING})


class Fate(StrEnum):
    """What became of a row: written, so already, refused; and of a written one that was not taken back."""

    WRITTEN = "written"
    SAME = "same"
    REFUSED = "refused"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class BulkCounts:
    """Rows by what became of them."""

    done: int = 0
    same: int = 0
    refused: int = 0
    undone: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRun:
    """One run. `list` is the address of the list as it was asked (`page=…&f.stage=…`); `fields` are what its form sent;
    `position` is the row behind which it goes on; `leg` tells the job that may go on from all others."""

    id: int
    entity: str
    user: int
    post: str
    locale: str
    zone: str
    act: str
    fields: Mapping[str, object]
    list: str
    state: BulkState = BulkState.RUNNING
    total: int
    position: int = 0
    leg: int = 0
    counts: BulkCounts = BulkCounts()
    problem: str | None = None
    created_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What became of one row, and why it was refused or left."""

    record: int
    fate: Fate
    reason: Message | None = None


def add_bulk(session: Session, run: BulkRun) -> None:
    insert(session, BULK, _row(run))


def save_bulk(session: Session, run: BulkRun, held: BulkRun) -> bool:
    """Store how far a run is; False when it stands no more as it was `held`: somebody else has gone on with it."""
    row = {name: value for name, value in _row(run).items() if name != "id"}
    where = {"id": run.id, "leg": held.leg, "position": held.position, "state": held.state.value}
    return update(session, BULK, row, where) > 0


def bulk_of(session: Session, run: int, lock: bool = False) -> BulkRun | None:
    """A run; with `lock` nobody else changes it until the transaction ends."""
    found = select(session, BULK, COLUMNS, {"id": run}, lock=lock)
    return _run(found[0]) if found else None


def keep_fates(session: Session, run: int, rows: Sequence[tuple[int, BulkRow]]) -> None:
    """Keep what became of rows, each with an id of its own."""
    kept = [
        {
            "id": identity,
            "bulk": run,
            "record": one.record,
            "fate": one.fate.value,
            "reason": None if one.reason is None else json.dumps([one.reason.zh, one.reason.en], ensure_ascii=False),
        }
        for identity, one in rows
    ]
    insert_many(session, BULK_ROW, kept)


def fates_of(session: Session, run: int, fate: Fate, after: int = 0, limit: int = 100) -> list[BulkRow]:
    """Rows of a fate by their ids, from behind one."""
    where = {"bulk": run, "fate": fate.value, "record >": after}
    rows = select(session, BULK_ROW, ("record", "fate", "reason"), where, ("record",), limit)
    return [_fate(row) for row in rows]


def _fate(row: Row) -> BulkRow:
    reason = None if row[2] is None else Message(*json.loads(str(row[2])))
    return BulkRow(int(str(row[0])), Fate(str(row[1])), reason)


def _row(run: BulkRun) -> dict[str, object]:
    return {
        "id": run.id,
        "entity": run.entity,
        "user_id": run.user,
        "post": run.post,
        "locale": run.locale,
        "zone": run.zone,
        "act": run.act,
        "fields": json.dumps(dict(run.fields), ensure_ascii=False),
        "list": run.list,
        "state": run.state.value,
        "total": run.total,
        "position": run.position,
        "leg": run.leg,
        "done": run.counts.done,
        "same": run.counts.same,
        "refused": run.counts.refused,
        "undone": run.counts.undone,
        "kept": run.counts.kept,
        "problem": run.problem,
        "created_at": to_micros(run.created_at),
        "finished_at": None if run.finished_at is None else to_micros(run.finished_at),
    }


def _run(row: Row) -> BulkRun:
    found = dict(zip(COLUMNS, row, strict=True))

    def number(name: str) -> int:
        return int(str(found[name]))

    def text(name: str) -> str:
        return str(found[name])

    return BulkRun(
        id=number("id"),
        entity=text("entity"),
        user=number("user_id"),
        post=text("post"),
        locale=text("locale"),
        zone=text("zone"),
        act=text("act"),
        fields=json.loads(text("fields")),
        list=text("list"),
        state=BulkState(text("state")),
        total=number("total"),
        position=number("position"),
        leg=number("leg"),
        counts=BulkCounts(*(number(name) for name in ("done", "same", "refused", "undone", "kept"))),
        problem=None if found["problem"] is None else text("problem"),
        created_at=from_micros(number("created_at")),
        finished_at=None if found["finished_at"] is None else from_micros(number("finished_at")),
    )
