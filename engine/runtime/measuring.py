"""Measuring: how many rows and bytes each table has. Counting walks the table, so it is done by a job and kept as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlglot import exp

from engine.runtime.attachments import ATTACHMENT
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_many, select
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tables import Column, PhysicalKind, Table

MEASURE = "dougong_measure"
FULL_TEXT_PARTS = ("data", "idx", "content", "docsize", "config")
"""The tables that SQLite makes for a full-text table of ours."""
FILES = "files/"
"""What the measure of all attachments is called; no table can be called so."""
MEASURE_TABLE = Table(
    MEASURE,
    (
        Column("name", PhysicalKind.TEXT, nullable=False),
        Column("rows", PhysicalKind.INTEGER, nullable=False),
        Column("bytes", PhysicalKind.INTEGER, nullable=False),
        Column("measured_at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("name",),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """Rows and bytes of a table with its indexes, when it was measured."""

    name: str
    rows: int
    bytes: int
    measured_at: datetime


def measure_tables(database: Database, now: datetime) -> tuple[Measure, ...]:
    """Measure every table and the files of records, each in a reading transaction of its own, and keep the figures."""
    names = database.read(table_names)
    tables = tuple(database.read(partial(_measure, name=name, now=now)) for name in names)
    measured = (*tables, database.read(partial(_measure_files, now=now)))
    database.write(partial(_keep, measured=measured))
    return measured


def known_measures(session: Session) -> tuple[Measure, ...]:
    """The figures measured last, largest first; none when nothing was measured yet."""
    rows = select(session, MEASURE, ("name", "rows", "bytes", "measured_at"), order=("-bytes", "name"))
    return tuple(
        Measure(str(name), int(str(count)), int(str(size)), from_micros(int(str(at)))) for name, count, size, at in rows
    )


def count_rows(session: Session, table: str) -> int:
    """How many rows a table has; walks it."""
    count = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(exp.to_identifier(table, quoted=True).sql()))
    row = session.row(compile_statement(count, session.dialect))
    return int(str(row[0])) if row else 0


def _measure(session: Session, name: str, now: datetime) -> Measure:
    values = {"table": name} | {part: f"{name}_{part}" for part in FULL_TEXT_PARTS}
    size = session.row(Statement(_BYTES[session.dialect], _NAMED[session.dialect], session.dialect), values)
    return Measure(name, count_rows(session, name), int(str(size[0] or 0)) if size else 0, now)


def _measure_files(session: Session, now: datetime) -> Measure:
    size = exp.Coalesce(this=exp.Sum(this=exp.column("size", quoted=True)), expressions=[exp.Literal.number(0)])
    query = exp.select(exp.Count(this=exp.Star()), size).from_(exp.to_table(ATTACHMENT)).where("deleted_at IS NULL")
    row = session.row(compile_statement(query, session.dialect))
    return Measure(FILES, int(str(row[0])) if row else 0, int(str(row[1])) if row else 0, now)


def _keep(session: Session, measured: Sequence[Measure]) -> None:
    delete(session, MEASURE, {"name is not null": None})
    insert_many(
        session,
        MEASURE,
        [
            {"name": one.name, "rows": one.rows, "bytes": one.bytes, "measured_at": to_micros(one.measured_at)}
            for one in measured
        ],
    )


# Constant questions to the catalogues, different in each database; values are bound.
_BYTES: dict[Dialect, str] = {
    "sqlite": "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name IN (SELECT name FROM sqlite_schema WHERE rootpage > 0 "
    "AND tbl_name IN (:table, :data, :idx, :content, :docsize, :config))",
    "postgres": "SELECT pg_total_relation_size(to_regclass(quote_ident(%(table)s)))",
}
_NAMED: dict[Dialect, tuple[str, ...]] = {"sqlite": ("table", *FULL_TEXT_PARTS), "postgres": ("table",)}
