"""DDL: operations as statements of each dialect. Names come from declarations and are quoted; there are no values."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.schema.operations import (
    AddColumn,
    AddIndex,
    BuryColumn,
    BuryTable,
    ChangeColumn,
    CreateTable,
    DropIndex,
    Operation,
    RenameColumn,
    RenameTable,
    RestoreColumn,
    ReviveColumn,
    ReviveTable,
)
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Table

TYPES: dict[Dialect, dict[PhysicalKind, str]] = {
    "sqlite": {
        PhysicalKind.INTEGER: "INTEGER",
        PhysicalKind.INSTANT: "INTEGER",
        PhysicalKind.TEXT: "TEXT",
        PhysicalKind.BOOLEAN: "INTEGER",
        PhysicalKind.DATE: "TEXT",
        PhysicalKind.BYTES: "BLOB",
    },
    "postgres": {
        PhysicalKind.INTEGER: "BIGINT",
        PhysicalKind.INSTANT: "BIGINT",
        PhysicalKind.TEXT: 'TEXT COLLATE "C"',
        PhysicalKind.BOOLEAN: "BOOLEAN",
        PhysicalKind.DATE: "DATE",
        PhysicalKind.BYTES: "BYTEA",
    },
}


def ddl(operation: Operation, dialect: Dialect) -> Iterator[Statement]:
    """The statements of an operation, without the foreign keys of new tables (see `foreign_keys`)."""
    for sql in _texts(operation, dialect):
        yield Statement(sql, (), dialect)


def foreign_keys(operation: Operation, dialect: Dialect) -> Iterator[Statement]:
    """PostgreSQL adds the keys of new tables and columns once all tables stand; SQLite has them inline."""
    if dialect == "sqlite":
        return
    if isinstance(operation, CreateTable):
        for key in operation.table.foreign_keys:
            yield Statement(_add_key(operation.table.name, key), (), dialect)
    elif isinstance(operation, AddColumn) and operation.foreign_key:
        yield Statement(_add_key(operation.table, operation.foreign_key), (), dialect)


def _texts(operation: Operation, dialect: Dialect) -> Iterator[str]:
    match operation:
        case CreateTable(table):
            yield _create(table, dialect)
            yield from (_create_index(table.name, index, dialect) for index in table.indexes)
            if table.full_text and dialect == "postgres":
                yield f"CREATE INDEX {_q(table.name + '__tokens')} ON {_q(table.name)} USING gin (to_tsvector('simple', {_q('tokens')}))"
        case BuryTable(table, tombstone):
            yield from (f"DROP INDEX {_q(index.name)}" for index in table.indexes)
            yield f"ALTER TABLE {_q(table.name)} RENAME TO {_q(tombstone)}"
        case ReviveTable(table, tombstone):
            yield f"ALTER TABLE {_q(tombstone)} RENAME TO {_q(table.name)}"
            yield from (_create_index(table.name, index, dialect) for index in table.indexes)
        case RenameTable(old, new):
            yield f"ALTER TABLE {_q(old)} RENAME TO {_q(new)}"
        case AddColumn(table_name, column, key):
            inline = f" REFERENCES {_q(key.table)} ({_q('id')})" if key and dialect == "sqlite" else ""
            yield f"ALTER TABLE {_q(table_name)} ADD COLUMN {_q(column.name)} {TYPES[dialect][column.kind]}{inline}"
        case BuryColumn(table_name, column, tombstone):
            yield _rename_column(table_name, column.name, tombstone)
        case ReviveColumn(table_name, column, tombstone):
            yield _rename_column(table_name, tombstone, column.name)
        case RenameColumn(table_name, old, new):
            yield _rename_column(table_name, old, new)
        case ChangeColumn(table_name, old_column, new_column, tombstone):
            yield _rename_column(table_name, old_column.name, tombstone)
            yield f"ALTER TABLE {_q(table_name)} ADD COLUMN {_q(new_column.name)} {TYPES[dialect][new_column.kind]}"
        case RestoreColumn(table_name, old_column, new_column, tombstone):
            yield _rename_column(table_name, new_column.name, f"{tombstone}_new")
            yield _rename_column(table_name, tombstone, old_column.name)
        case AddIndex(table_name, index):
            yield _create_index(table_name, index, dialect)
        case DropIndex(_, index):
            yield f"DROP INDEX {_q(index.name)}"


def _create(table: Table, dialect: Dialect) -> str:
    if table.full_text and dialect == "sqlite":
        columns = ", ".join(
            _q(one.name) if one.name == "tokens" else f"{_q(one.name)} UNINDEXED" for one in table.columns
        )
        return f"CREATE VIRTUAL TABLE {_q(table.name)} USING fts5({columns}, tokenize='unicode61 remove_diacritics 0', detail=full)"
    keys = {key.column: key for key in table.foreign_keys} if dialect == "sqlite" else {}
    parts = [_column(column, keys.get(column.name), dialect) for column in table.columns]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({', '.join(_q(name) for name in table.primary_key)})")
    strict = " STRICT" if dialect == "sqlite" else ""
    return f"CREATE TABLE {_q(table.name)} ({', '.join(parts)}){strict}"


def _column(column: Column, key: ForeignKey | None, dialect: Dialect) -> str:
    text = f"{_q(column.name)} {TYPES[dialect][column.kind]}"
    if not column.nullable:
        text += " NOT NULL"
    if column.kind is PhysicalKind.BOOLEAN and dialect == "sqlite":
        text += f" CHECK ({_q(column.name)} IN (0, 1))"
    if key is not None:
        text += f" REFERENCES {_q(key.table)} ({_q('id')})"
    return text


def _create_index(table: str, index: Index, dialect: Dialect) -> str:
    unique = "UNIQUE " if index.unique else ""
    living = f" WHERE {_q('deleted_at')} IS NULL" if index.living else ""
    order = " ASC NULLS FIRST" if dialect == "postgres" else ""
    columns = ", ".join(f"{_q(name)}{order}" for name in index.columns)
    return f"CREATE {unique}INDEX {_q(index.name)} ON {_q(table)} ({columns}){living}"


def _rename_column(table: str, old: str, new: str) -> str:
    return f"ALTER TABLE {_q(table)} RENAME COLUMN {_q(old)} TO {_q(new)}"


def _add_key(table: str, key: ForeignKey) -> str:
    return f"ALTER TABLE {_q(table)} ADD FOREIGN KEY ({_q(key.column)}) REFERENCES {_q(key.table)} ({_q('id')})"


def _q(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql()
