"""Imports as durable things: who brings which sheet in, by which plan, how far it is, and which lines were refused and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, insert_many, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

IMPORT, PROBLEM = "dougong_import", "dougong_import_problem"
SHEETS = "imports"
"""The folder of sheets that wait or are being brought in; each goes when its import has ended."""
MOST_KEPT = 50_000
"""Refused lines of one import that are kept to be mended; further ones are counted."""
IMPORT_TABLES = (
    Table(
        IMPORT,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("entity", PhysicalKind.TEXT, nullable=False),
            Column("user_id", PhysicalKind.INTEGER, nullable=False),
            Column("post", PhysicalKind.TEXT, nullable=False),
            Column("locale", PhysicalKind.TEXT, nullable=False),
            Column("zone", PhysicalKind.TEXT, nullable=False),
            Column("filename", PhysicalKind.TEXT, nullable=False),
            Column("header", PhysicalKind.TEXT, nullable=False),
            Column("columns", PhysicalKind.TEXT, nullable=False),
            Column("key", PhysicalKind.TEXT, nullable=False),
            Column("state", PhysicalKind.TEXT, nullable=False),
            Column("total", PhysicalKind.INTEGER, nullable=False),
            Column("position", PhysicalKind.INTEGER, nullable=False),
            Column("leg", PhysicalKind.INTEGER, nullable=False),
            Column("created", PhysicalKind.INTEGER, nullable=False),
            Column("updated", PhysicalKind.INTEGER, nullable=False),
            Column("unchanged", PhysicalKind.INTEGER, nullable=False),
            Column("refused", PhysicalKind.INTEGER, nullable=False),
            Column("undone", PhysicalKind.INTEGER, nullable=False),
            Column("kept", PhysicalKind.INTEGER, nullable=False),
            Column("problem", PhysicalKind.TEXT),
            Column("created_at", PhysicalKind.INTEGER, nullable=False),
            Column("started_at", PhysicalKind.INTEGER),
            Column("finished_at", PhysicalKind.INTEGER),
        ),
        indexes=(Index("dougong_import__user", ("user_id", "entity", "id")),),
    ),
    Table(
        PROBLEM,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("import", PhysicalKind.INTEGER, nullable=False),
            Column("line", PhysicalKind.INTEGER, nullable=False),
            Column("record", PhysicalKind.INTEGER),
            Column("cells", PhysicalKind.TEXT, nullable=False),
            Column("problems", PhysicalKind.TEXT, nullable=False),
        ),
        indexes=(Index("dougong_import_problem__import", ("import", "line", "id")),),
    ),
)
COLUMNS = tuple(one.name for one in IMPORT_TABLES[0].columns)


class ImportState(StrEnum):
    """How an import does: its columns wait to be mapped, it is tried, it is written, and it may be taken back. What has
    failed is gone on with: an import with its next line, an undo with its next record."""

    MAPPED = "mapped"
    REHEARSING = "rehearsing"
    REHEARSED = "rehearsed"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    UNDO_FAILED = "undo_failed"


WAITING = (ImportState.MAPPED, ImportState.REHEARSED)
"""Of imports that nobody has begun; their sheets are kept like drafts."""
WORKING = frozenset({ImportState.REHEARSING, ImportState.RUNNING, ImportState.UNDOING})


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines by what became of them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def lines(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import. `columns` say which column fills which field; `position` is where its sheet is read on, or behind which
    record it is taken back further; `leg` tells the job that may go on from all others; `undone` and `kept` count rows that
    were taken back, and that others had changed."""

    id: int
    entity: str
    user: int
    post: str
    locale: str
    zone: str
    filename: str
    header: tuple[str, ...]
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    state: ImportState = ImportState.MAPPED
    total: int
    position: int = 0
    leg: int = 0
    counts: Counts = Counts()
    undone: int = 0
    kept: int = 0
    problem: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was refused, with its cells as they came, or (by `record`) a row that could not be taken back."""

    id: int
    line: int
    cells: tuple[str, ...]
    problems: tuple[tuple[str, Message], ...]
    record: int | None = None


def sheet_path(folder: Path, run: int) -> Path:
    """Where the lines of an import's sheet lie."""
    return folder / SHEETS / f"{run:019d}.rows"


def add_run(session: Session, run: ImportRun) -> None:
    insert(session, IMPORT, _row(run))


def save_run(session: Session, run: ImportRun, held: ImportRun) -> bool:
    """Store how far an import is; False when it stands no more as it was `held`: somebody else has gone on with it."""
    row = {name: value for name, value in _row(run).items() if name != "id"}
    where = {"id": run.id, "leg": held.leg, "position": held.position, "state": held.state.value}
    return update(session, IMPORT, row, where) > 0


def run_of(session: Session, run: int, lock: bool = False) -> ImportRun | None:
    """An import; with `lock` nobody else changes it until the transaction ends."""
    found = select(session, IMPORT, COLUMNS, {"id": run}, lock=lock)
    return _run(found[0]) if found else None


def runs_of(session: Session, entity: str, user: int | None, limit: int = 50) -> list[ImportRun]:
    """The imports of an entity, newest first; those of one user, or all."""
    where: dict[str, object] = {"entity": entity} | ({"user_id": user} if user is not None else {})
    return [_run(row) for row in select(session, IMPORT, COLUMNS, where, ("-id",), limit)]


def forget_run(session: Session, run: int) -> None:
    """Take an import out of the list, with its refused lines; what it wrote stays."""
    delete(session, PROBLEM, {"import": run})
    delete(session, IMPORT, {"id": run})


def forget_imports(session: Session, entity: str) -> None:
    """Take all imports of an entity whose data is erased out of the list, with their refused lines."""
    for (run,) in select(session, IMPORT, ("id",), {"entity": entity}):
        forget_run(session, int(str(run)))


def keep_refused(session: Session, run: int, refused: Sequence[Refused]) -> None:
    """Keep lines to be mended."""
    insert_many(session, PROBLEM, [{"import": run, **_problem_row(one)} for one in refused])


def refused_of(session: Session, run: int, after: int = 0, limit: int = 100) -> list[Refused]:
    """Refused lines by number, from behind one."""
    rows = select(session, PROBLEM, _PROBLEM, {"import": run, "line >": after}, ("line", "id"), limit)
    return [_refused(row) for row in rows]


def refused_lines(session: Session, run: int, ids: Sequence[int]) -> list[Refused]:
    found = (select(session, PROBLEM, _PROBLEM, {"import": run, "id": one}) for one in ids)
    return [_refused(rows[0]) for rows in found if rows]


def drop_refused(session: Session, run: int, ids: Sequence[int] | None = None) -> None:
    """Forget refused lines: those of these ids, or all."""
    for where in [{}] if ids is None else [{"id": one} for one in ids]:
        delete(session, PROBLEM, {"import": run, **where})


_PROBLEM = ("id", "line", "record", "cells", "problems")


def _problem_row(one: Refused) -> dict[str, object]:
    told = [[column, [words.zh, words.en]] for column, words in one.problems]
    return {
        "id": one.id,
        "line": one.line,
        "record": one.record,
        "cells": json.dumps(one.cells, ensure_ascii=False),
        "problems": json.dumps(told, ensure_ascii=False),
    }


def _refused(row: Row) -> Refused:
    told = tuple((str(column), Message(*words)) for column, words in json.loads(str(row[4])))
    record = int(str(row[2])) if row[2] is not None else None
    return Refused(int(str(row[0])), int(str(row[1])), tuple(json.loads(str(row[3]))), told, record)


def _row(run: ImportRun) -> dict[str, object]:
    return {
        "id": run.id,
        "entity": run.entity,
        "user_id": run.user,
        "post": run.post,
        "locale": run.locale,
        "zone": run.zone,
        "filename": run.filename,
        "header": json.dumps(run.header, ensure_ascii=False),
        "columns": json.dumps(dict(run.columns), ensure_ascii=False),
        "key": json.dumps(run.key),
        "state": run.state.value,
        "total": run.total,
        "position": run.position,
        "leg": run.leg,
        "created": run.counts.created,
        "updated": run.counts.updated,
        "unchanged": run.counts.unchanged,
        "refused": run.counts.refused,
        "undone": run.undone,
        "kept": run.kept,
        "problem": run.problem,
        "created_at": to_micros(run.created_at),
        "started_at": None if run.started_at is None else to_micros(run.started_at),
        "finished_at": None if run.finished_at is None else to_micros(run.finished_at),
    }


def _run(row: Row) -> ImportRun:
    found = dict(zip(COLUMNS, row, strict=True))

    def number(name: str) -> int:
        return int(str(found[name]))

    def instant(name: str) -> datetime | None:
        return None if found[name] is None else from_micros(number(name))

    return ImportRun(
        id=number("id"),
        entity=str(found["entity"]),
        user=number("user_id"),
        post=str(found["post"]),
        locale=str(found["locale"]),
        zone=str(found["zone"]),
        filename=str(found["filename"]),
        header=tuple(json.loads(str(found["header"]))),
        columns=json.loads(str(found["columns"])),
        key=tuple(json.loads(str(found["key"]))),
        state=ImportState(str(found["state"])),
        total=number("total"),
        position=number("position"),
        leg=number("leg"),
        counts=Counts(number("created"), number("updated"), number("unchanged"), number("refused")),
        undone=number("undone"),
        kept=number("kept"),
        problem=None if found["problem"] is None else str(found["problem"]),
        created_at=from_micros(number("created_at")),
        started_at=instant("started_at"),
        finished_at=instant("finished_at"),
    )
