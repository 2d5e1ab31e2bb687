"""The live schema: what the database itself says about its tables, the same for both, and how it differs from the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.schema.ddl import TYPES
from engine.runtime.schema.tables import Column, Schema, Table


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the database has it; `type` in the database's own words, in capitals."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A foreign key of one column; `constraint` is its name in PostgreSQL, empty in SQLite."""

    column: str
    table: str
    constraint: str = ""


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table as the database has it; `indexes` are names, `virtual` marks SQLite's full-text tables."""

    name: str
    columns: tuple[LiveColumn, ...]
    primary_key: tuple[str, ...]
    keys: tuple[LiveKey, ...]
    indexes: frozenset[str]
    virtual: bool = False

    def column(self, name: str) -> LiveColumn | None:
        return next((one for one in self.columns if one.name == name), None)


def table_names(session: Session) -> tuple[str, ...]:
    """All tables of the database, without the database's own and without the parts of full-text tables."""
    return tuple(str(row[0]) for row in session.rows(_said(session, *_NAMES)))


def live_table(session: Session, name: str) -> LiveTable | None:
    """One table, None when there is none of that name."""
    given = {"table": name}
    columns = session.rows(_said(session, *_COLUMNS), given)
    if not columns:
        return None
    keyed = sorted((int(str(row[3])), str(row[0])) for row in columns if row[3])
    return LiveTable(
        name=name,
        columns=tuple(LiveColumn(str(row[0]), str(row[1]).upper(), not row[2]) for row in columns),
        primary_key=tuple(column for _, column in keyed),
        keys=tuple(LiveKey(*(str(cell) for cell in row)) for row in session.rows(_said(session, *_KEYS), given)),
        indexes=frozenset(str(row[0]) for row in session.rows(_said(session, *_INDEXES), given)),
        virtual=bool(session.rows(_said(session, *_VIRTUAL), given)),
    )


def live_schema(session: Session) -> Mapping[str, LiveTable]:
    """All tables by name. In SQLite a writing session is needed: readers may not ask for what is no row."""
    found = {name: live_table(session, name) for name in table_names(session)}
    return {name: table for name, table in found.items() if table is not None}


def differences(recorded: Schema, live: Mapping[str, LiveTable], dialect: Dialect) -> tuple[Message, ...]:
    """Where the database is not as the record of migrations says; somebody changed it by hand, or a restore is incomplete."""
    return tuple(
        message
        for name, table in sorted(recorded.tables.items())
        for message in _table_differences(table, live.get(name), dialect)
    )


def _table_differences(table: Table, live: LiveTable | None, dialect: Dialect) -> Iterator[Message]:
    if live is None:
        yield Message(f"缺少表 {table.name}", f"Table {table.name} is missing")
        return
    for column in table.columns:
        yield from _column_differences(table, column, live, dialect)
    for index in table.indexes:
        if index.name not in live.indexes:
            yield Message(f"表 {table.name} 缺少索引 {index.name}", f"Table {table.name} lacks index {index.name}")
    known = {column.name for column in table.columns}
    for extra in live.columns:
        if extra.name not in known and not extra.name.startswith("_"):
            yield Message(
                f"表 {table.name} 多出列 {extra.name}", f"Table {table.name} has an unknown column {extra.name}"
            )
    if live.virtual:
        return
    pointed = {(key.column, key.table) for key in live.keys}
    for key in table.foreign_keys:
        if (key.column, key.table) not in pointed:
            yield Message(
                f"列 {table.name}.{key.column} 缺少对 {key.table} 的引用约束",
                f"Column {table.name}.{key.column} lacks its foreign key to {key.table}",
            )


def _column_differences(table: Table, column: Column, live: LiveTable, dialect: Dialect) -> Iterator[Message]:
    name = f"{table.name}.{column.name}"
    found = live.column(column.name)
    if found is None:
        yield Message(f"缺少列 {name}", f"Column {name} is missing")
        return
    if live.virtual:
        return
    expected = TYPES[dialect][column.kind].split(" ")[0]
    if found.type != expected:
        yield Message(
            f"列 {name} 的类型是 {found.type}，应为 {expected}", f"Column {name} is {found.type}, not {expected}"
        )
    if column.name in live.primary_key or column.nullable == found.nullable:
        return
    if column.nullable:
        yield Message(f"列 {name} 不应禁止为空", f"Column {name} should allow empty values")
    else:
        yield Message(f"列 {name} 应禁止为空", f"Column {name} should refuse empty values")


def _said(session: Session, sqlite: str, postgres: str) -> Statement:
    return Statement(sqlite if session.dialect == "sqlite" else postgres, ("table",), session.dialect)


# Constant questions to the catalogues, which are no tables of ours and different in each database; values are bound.
_NAMES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN ("
    "SELECT v.name || '_' || part.column1 FROM sqlite_schema AS v, "
    "(VALUES ('data'), ('idx'), ('content'), ('docsize'), ('config')) AS part "
    "WHERE v.sql LIKE 'CREATE VIRTUAL%') ORDER BY name",
    "SELECT relname::text FROM pg_class "
    "WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY 1",
)
_COLUMNS = (
    'SELECT name, type, "notnull", pk FROM pragma_table_info(:table) ORDER BY cid',
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1 "
    "FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
    "LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary "
    "WHERE c.oid = to_regclass(quote_ident(%(table)s)) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
)
_KEYS = (
    'SELECT "from", "table", \'\' FROM pragma_foreign_key_list(:table) ORDER BY 1, 2',
    "SELECT a.attname::text, f.relname::text, k.conname::text FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid "
    "JOIN pg_class AS f ON f.oid = k.confrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] "
    "WHERE k.contype = 'f' AND c.oid = to_regclass(quote_ident(%(table)s)) ORDER BY 1, 2, 3",
)
_INDEXES = (
    "SELECT name FROM pragma_index_list(:table)",
    "SELECT i.relname::text FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid "
    "JOIN pg_class AS c ON c.oid = x.indrelid WHERE c.oid = to_regclass(quote_ident(%(table)s))",
)
_VIRTUAL = (
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table AND sql LIKE 'CREATE VIRTUAL%'",
    "SELECT 1 WHERE %(table)s::text IS NULL",
)
