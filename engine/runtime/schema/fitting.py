"""Fitting: what columns must not be and what they point at, brought to what is declared once the operations of a plan are done.

What is retired must hold nobody up: a column that was never empty would refuse new rows that do not know it, one that points
at rows would keep those rows from going. PostgreSQL alters constraints; SQLite builds the table anew, rows and indexes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.schema.ddl import TYPES, column_text, quoted
from engine.runtime.schema.live import LiveColumn, LiveKey, LiveTable, live_table
from engine.runtime.schema.operations import (
    AddColumn,
    AddForeignKey,
    AlterColumn,
    BuryColumn,
    BuryTable,
    ChangeColumn,
    CreateTable,
    DropForeignKey,
    MoveSealed,
    Operation,
    RestoreColumn,
    ReviveColumn,
    ReviveTable,
)
from engine.runtime.schema.tables import ForeignKey, Schema, Table

REBUILT = "_rebuilt_"


class EmptyValues(DougongError):
    """A column may not be empty from now on, and rows that stand are."""

    code = "empty_values"
    status = 409

    def __init__(self, table: str, column: str) -> None:
        super().__init__(
            Message(
                f"列 {table}.{column} 有空值，不能设为必填；先补齐，或给出默认值",
                f"Column {table}.{column} has empty values and cannot refuse them; fill them first, or give a default",
            )
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table as it should be: its declaration, the columns that refuse empty values from now on, whether it is new."""

    table: Table
    tightened: frozenset[str] = frozenset()
    new: bool = False


def wanted_after(operations: Sequence[Operation], target: Schema) -> tuple[Wanted, ...]:
    """The tables whose constraints the operations may have left otherwise than declared."""
    touched: dict[str, set[str]] = {}
    others: list[Wanted] = []
    for operation in operations:
        match operation:
            case CreateTable(table):
                others.append(Wanted(table, new=True))
            case ReviveTable(table, _):
                touched.setdefault(table.name, set())
            case BuryTable(table, tombstone):
                others.append(Wanted(replace(table, name=tombstone, foreign_keys=())))
            case AddColumn(name, column, _) | ReviveColumn(name, column, _) | AlterColumn(name, _, column):
                touched.setdefault(name, set()).add(column.name)
            case ChangeColumn(name, _, new) | RestoreColumn(name, new, _):
                touched.setdefault(name, set()).add(new.name)
            case BuryColumn(name) | AddForeignKey(name) | DropForeignKey(name) | MoveSealed(name):
                touched.setdefault(name, set())
            case _:
                pass
    living = (
        Wanted(target.tables[name], frozenset(columns)) for name, columns in touched.items() if name in target.tables
    )
    return (*others, *living)


def rebuilds(operations: Iterable[Operation], dialect: Dialect) -> bool:
    """Whether tables of SQLite may be built anew, for which foreign keys must not be enforced meanwhile."""
    return dialect == "sqlite" and not all(_is_light(one) for one in operations)


def _is_light(operation: Operation) -> bool:
    if isinstance(operation, AddColumn):
        return operation.column.nullable
    heavy = (BuryTable, BuryColumn, MoveSealed, ReviveTable, ReviveColumn, ChangeColumn, RestoreColumn)
    return not isinstance(operation, (*heavy, AlterColumn, AddForeignKey, DropForeignKey))


def fit(session: Session, wanted: Iterable[Wanted]) -> None:
    """Bring the constraints of tables to what is declared. Raises EmptyValues, ForeignKeyViolation."""
    for one in wanted:
        live = _new(one.table, session.dialect) if one.new else live_table(session, one.table.name)
        if live is None or live.virtual:
            continue
        for column in one.table.columns:
            if column.name in one.tightened and not column.nullable:
                _refuse_empty(session, live, column.name)
        for statement in fitting(session, live, one):
            session.execute(statement)


def _new(table: Table, dialect: Dialect) -> LiveTable:
    """A table that was just created, as it must be: asking the catalogues for a hundred of them takes its time."""
    keys = tuple(LiveKey(key.column, key.table) for key in table.foreign_keys) if dialect == "sqlite" else ()
    columns = tuple(LiveColumn(one.name, "", one.nullable) for one in table.columns)
    return LiveTable(table.name, columns, table.primary_key, keys, frozenset(), virtual=table.full_text)


def _refuse_empty(session: Session, live: LiveTable, column: str) -> None:
    text = f"SELECT 1 FROM {quoted(live.name)} WHERE {quoted(column)} IS NULL LIMIT 1"  # noqa: S608
    if session.rows(Statement(text, (), session.dialect)):
        raise EmptyValues(live.name, column)


def fitting(session: Session, live: LiveTable, wanted: Wanted) -> tuple[Statement, ...]:
    """The statements that bring a live table's constraints to what is wanted; none when they are so already."""
    nullable = {column.name: _may_be_empty(column, wanted) for column in live.columns}
    settled = all(nullable[one.name] == one.nullable for one in live.columns if one.name not in live.primary_key)
    if settled and _pairs(wanted.table.foreign_keys) == {(key.column, key.table) for key in live.keys}:
        return ()
    if session.dialect == "sqlite":
        texts = _rebuilt(session, live, wanted.table, nullable)
    else:
        texts = _altered(live, wanted.table, nullable)
    return tuple(Statement(text, (), session.dialect) for text in texts)


def _pairs(keys: Iterable[ForeignKey]) -> set[tuple[str, str]]:
    return {(key.column, key.table) for key in keys}


def _may_be_empty(live: LiveColumn, wanted: Wanted) -> bool:
    """What is declared loosely or not at all may be; of the rest, what was so before stays so unless it is tightened now."""
    column = wanted.table.column(live.name)
    if column is None or column.nullable:
        return True
    return live.nullable and live.name not in wanted.tightened


def _altered(live: LiveTable, table: Table, nullable: dict[str, bool]) -> Iterator[str]:
    alter = f"ALTER TABLE {quoted(table.name)}"
    kept, present = _pairs(table.foreign_keys), {(key.column, key.table) for key in live.keys}
    for key in live.keys:
        if (key.column, key.table) not in kept:
            yield f"{alter} DROP CONSTRAINT {quoted(key.constraint)}"
    for column in live.columns:
        if column.nullable != nullable[column.name] and column.name not in live.primary_key:
            act = "DROP" if nullable[column.name] else "SET"
            yield f"{alter} ALTER COLUMN {quoted(column.name)} {act} NOT NULL"
    for wanted in table.foreign_keys:
        if (wanted.column, wanted.table) not in present:
            yield f"{alter} ADD FOREIGN KEY ({quoted(wanted.column)}) REFERENCES {quoted(wanted.table)} ({quoted('id')})"


def _rebuilt(session: Session, live: LiveTable, table: Table, nullable: dict[str, bool]) -> Iterator[str]:
    """A new table with the rows of the old one in its place; its indexes and triggers are made again as they were."""
    new = f"{REBUILT}{live.name}"
    keys = {key.column: key for key in table.foreign_keys}
    parts = [_column(one, table, keys, nullable[one.name]) for one in live.columns]
    if live.primary_key:
        parts.append(f"PRIMARY KEY ({', '.join(quoted(name) for name in live.primary_key)})")
    names = ", ".join(quoted(column.name) for column in live.columns)
    said = "SELECT sql FROM sqlite_schema WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL"
    again = [str(row[0]) for row in session.rows(Statement(said, ("table",), "sqlite"), {"table": live.name})]
    yield f"CREATE TABLE {quoted(new)} ({', '.join(parts)}) STRICT"
    yield f"INSERT INTO {quoted(new)} ({names}) SELECT {names} FROM {quoted(live.name)}"  # noqa: S608
    yield f"DROP TABLE {quoted(live.name)}"
    yield f"ALTER TABLE {quoted(new)} RENAME TO {quoted(live.name)}"
    yield from again


def _column(live: LiveColumn, table: Table, keys: dict[str, ForeignKey], nullable: bool) -> str:
    declared = table.column(live.name)
    if declared is not None and TYPES["sqlite"][declared.kind] == live.type:
        return column_text(replace(declared, nullable=nullable), keys.get(live.name), "sqlite")
    return f"{quoted(live.name)} {live.type}" + ("" if nullable else " NOT NULL")
