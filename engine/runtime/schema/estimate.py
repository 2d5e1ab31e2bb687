"""Estimate: how long a plan will take, from the rows that each operation touches and what a row costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, compile_statement
from engine.runtime.schema.fitting import rebuilds
from engine.runtime.schema.live import table_names
from engine.runtime.schema.operations import (
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    BuryTable,
    ChangeColumn,
    MoveSealed,
    Operation,
    RenameTable,
    ReviveTable,
)

BASE_SECONDS = 0.002
"""What an operation costs that touches no row."""

MICROSECONDS_A_ROW: Mapping[tuple[Dialect, str], float] = {
    ("sqlite", "rebuild"): 8.0,
    ("sqlite", "index"): 3.0,
    ("sqlite", "convert"): 12.0,
    ("postgres", "check"): 1.0,
    ("postgres", "index"): 2.5,
    ("postgres", "convert"): 90.0,
}
"""Measured by `python -m bench migrations` on 200,000 rows of eight columns; 2 cores."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one operation touches (rows) and about how long it takes (seconds)."""

    rows: int
    seconds: float


def estimates(session: Session, operations: Iterable[Operation]) -> tuple[Estimate, ...]:
    """One estimate an operation, in their order; rows are counted as they are now."""
    return tuple(_estimates(session, tuple(operations)))


def _estimates(session: Session, operations: tuple[Operation, ...]) -> Iterator[Estimate]:
    names = set(table_names(session))
    former: dict[str, str] = {one.new: one.old for one in operations if isinstance(one, RenameTable)}
    counted: dict[str, int] = {}
    rebuilt: set[str] = set()
    for operation in operations:
        table = _table_of(operation)
        live = former.get(table, table)
        if live not in counted:
            counted[live] = _count(session, live) if live in names else 0
        works = list(_works(operation, session.dialect))
        if "rebuild" in works and table in rebuilt:
            works.remove("rebuild")
        rebuilt |= {table} if "rebuild" in works else set()
        touched = counted[live] if works else 0
        cost = sum(MICROSECONDS_A_ROW[(session.dialect, work)] for work in works)
        yield Estimate(touched, BASE_SECONDS + touched * cost / 1e6)


def _works(operation: Operation, dialect: Dialect) -> Iterator[str]:
    """What an operation does to every row; a table of SQLite is built anew once for all of a plan's operations on it."""
    if isinstance(operation, AddIndex):
        yield "index"
    if isinstance(operation, ChangeColumn | MoveSealed):
        yield "convert"
    if rebuilds((operation,), dialect) and not isinstance(operation, BuryTable | ReviveTable):
        yield "rebuild"
    if dialect == "postgres" and isinstance(operation, AddForeignKey | AlterColumn):
        yield "check"
    if dialect == "postgres" and isinstance(operation, AddColumn) and operation.foreign_key is not None:
        yield "check"


def _table_of(operation: Operation) -> str:
    if isinstance(operation, RenameTable):
        return operation.new
    found = operation.table
    return found if isinstance(found, str) else found.name


def _count(session: Session, table: str) -> int:
    counted = exp.Select().select(exp.Count(this=exp.Star())).from_(exp.table_(table, quoted=True))
    return int(str(session.rows(compile_statement(counted, session.dialect))[0][0]))
