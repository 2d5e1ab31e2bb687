"""DDL: operations as statements of each dialect. Names come from declarations and are quoted; there are no values.

What a column must not be and what it points at are no part of it: `fitting` brings those to what is declared once all
operations of a plan are done, because SQLite can change them only by building the table anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.schema.operations import (
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    BuryColumn,
    BuryTable,
    CarryName,
    ChangeColumn,
    CreateTable,
    DropForeignKey,
    DropIndex,
    MoveSealed,
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
    """The statements of an operation, without what `fitting` does afterwards."""
    for sql in _texts(operation, dialect):
        yield Statement(sql, (), dialect)


def _texts(operation: Operation, dialect: Dialect) -> Iterator[str]:
    match operation:
        case CreateTable(table):
            yield _create(table, dialect)
            yield from _create_indexes(table, dialect)
        case BuryTable(table, tombstone):
            yield from (f"DROP INDEX {quoted(index.name)}" for index in table.indexes)
            if table.full_text and dialect == "postgres":
                yield f"DROP INDEX {quoted(table.name + '__tokens')}"
            yield f"ALTER TABLE {quoted(table.name)} RENAME TO {quoted(tombstone)}"
        case ReviveTable(table, tombstone):
            yield f"ALTER TABLE {quoted(tombstone)} RENAME TO {quoted(table.name)}"
            yield from _create_indexes(table, dialect)
        case RenameTable(old, new):
            yield f"ALTER TABLE {quoted(old)} RENAME TO {quoted(new)}"
        case AddColumn(table_name, column, key):
            yield from _add_column(table_name, column, key if dialect == "sqlite" else None, dialect)
        case BuryColumn(table_name, column, tombstone):
            yield _rename_column(table_name, column.name, tombstone)
        case ReviveColumn(table_name, column, tombstone):
            yield _rename_column(table_name, tombstone, column.name)
        case RenameColumn(table_name, old, new):
            yield _rename_column(table_name, old, new)
        case ChangeColumn(table_name, old_column, new_column, tombstone):
            yield _rename_column(table_name, old_column.name, tombstone)
            yield from _add_column(table_name, replace(new_column, default=None), None, dialect)
        case RestoreColumn(table_name, old_column, new_column, tombstone, retired):
            yield _rename_column(table_name, new_column.name, retired)
            yield _rename_column(table_name, tombstone, old_column.name)
        case AddIndex(table_name, index):
            yield _create_index(table_name, index, dialect)
        case DropIndex(_, index):
            yield f"DROP INDEX {quoted(index.name)}"
        case AlterColumn() | AddForeignKey() | DropForeignKey() | CarryName() | MoveSealed():
            return


def _create_indexes(table: Table, dialect: Dialect) -> Iterator[str]:
    yield from (_create_index(table.name, index, dialect) for index in table.indexes)
    if table.full_text and dialect == "postgres":
        yield f"CREATE INDEX {quoted(table.name + '__tokens')} ON {quoted(table.name)} USING gin (to_tsvector('simple', {quoted('tokens')}))"


def _add_column(table: str, column: Column, key: ForeignKey | None, dialect: Dialect) -> Iterator[str]:
    """The column, empty or with its default in the rows that stand; it refuses empty values only once it is fitted."""
    loose = replace(column, nullable=True)
    yield f"ALTER TABLE {quoted(table)} ADD COLUMN {column_text(loose, key, dialect)}"
    if column.default is not None:
        value = _literal(column.default, dialect)
        yield f"UPDATE {quoted(table)} SET {quoted(column.name)} = {value}"  # noqa: S608


def _literal(value: int | str | bool, dialect: Dialect) -> str:
    if isinstance(value, bool):
        return exp.Boolean(this=value).sql() if dialect == "postgres" else str(int(value))
    return exp.convert(value).sql(dialect=dialect).replace("%", "%%" if dialect == "postgres" else "%")


def _create(table: Table, dialect: Dialect) -> str:
    if table.full_text and dialect == "sqlite":
        columns = ", ".join(
            quoted(one.name) if one.name == "tokens" else f"{quoted(one.name)} UNINDEXED" for one in table.columns
        )
        return f"CREATE VIRTUAL TABLE {quoted(table.name)} USING fts5({columns}, tokenize='unicode61 remove_diacritics 0', detail=full)"
    keys = {key.column: key for key in table.foreign_keys} if dialect == "sqlite" else {}
    parts = [column_text(column, keys.get(column.name), dialect) for column in table.columns]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({', '.join(quoted(name) for name in table.primary_key)})")
    strict = " STRICT" if dialect == "sqlite" else ""
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)}){strict}"


def column_text(column: Column, key: ForeignKey | None, dialect: Dialect) -> str:
    """A column as CREATE TABLE and ADD COLUMN write it."""
    text = f"{quoted(column.name)} {TYPES[dialect][column.kind]}"
    if not column.nullable:
        text += " NOT NULL"
    if column.kind is PhysicalKind.BOOLEAN and dialect == "sqlite":
        text += f" CHECK ({quoted(column.name)} IN (0, 1))"
    if key is not None:
        text += f" REFERENCES {quoted(key.table)} ({quoted('id')})"
    return text


def _create_index(table: str, index: Index, dialect: Dialect) -> str:
    unique = "UNIQUE " if index.unique else ""
    only = [f"NOT ({quoted(index.but[0])} IN ({_literals(index.but[1:], dialect)}))"] if index.but else []
    only += [f"{quoted('deleted_at')} IS NULL"] if index.living else []
    where = f" WHERE {' AND '.join(only)}" if only else ""
    order = " ASC NULLS FIRST" if dialect == "postgres" else ""
    columns = ", ".join(f"{quoted(name)}{order}" for name in index.columns)
    return f"CREATE {unique}INDEX {quoted(index.name)} ON {quoted(table)} ({columns}){where}"


def _literals(values: Iterable[str], dialect: Dialect) -> str:
    return ", ".join(_literal(one, dialect) for one in values)


def _rename_column(table: str, old: str, new: str) -> str:
    return f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}"


def quoted(name: str) -> str:
    """A name as an identifier of both dialects."""
    return exp.to_identifier(name, quoted=True).sql()
