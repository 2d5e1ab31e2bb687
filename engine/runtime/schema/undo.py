"""Undo: the schema as it was before some operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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
    Operation,
    RenameColumn,
    RenameTable,
)
from engine.runtime.schema.tables import Column, Schema, Table, pointing, renamed_column


def schema_before(schema: Schema, operations: Sequence[Operation]) -> Schema:
    """The schema that `operations` started from."""
    tables = dict(schema.tables)
    for operation in reversed(operations):
        _undo(tables, operation)
    carried = {one.change for one in operations if isinstance(one, CarryName)}
    return Schema(tables, name_changes=tuple(one for one in schema.name_changes if one not in carried))


def _undo(tables: dict[str, Table], operation: Operation) -> None:
    match operation:
        case CreateTable(table):
            tables.pop(table.name, None)
        case BuryTable(table, _):
            tables[table.name] = table
        case RenameTable(old, new):
            tables[old] = replace(tables.pop(new), name=old)
            tables.update({name: pointing(table, {new: old}) for name, table in tables.items()})
        case AddColumn(name, column, _):
            table = tables[name]
            keys = tuple(key for key in table.foreign_keys if key.column != column.name)
            tables[name] = replace(_without(table, column.name), foreign_keys=keys)
        case BuryColumn(name, column, _):
            tables[name] = replace(tables[name], columns=(*tables[name].columns, column))
        case RenameColumn(name, old, new):
            tables[name] = renamed_column(tables[name], new, old)
        case ChangeColumn(name, old_column, new_column) | AlterColumn(name, old_column, new_column):
            tables[name] = _swapped(tables[name], new_column.name, lambda _: old_column)
        case AddForeignKey(name, key):
            keys = tuple(one for one in tables[name].foreign_keys if one != key)
            tables[name] = replace(tables[name], foreign_keys=keys)
        case DropForeignKey(name, key):
            tables[name] = replace(tables[name], foreign_keys=(*tables[name].foreign_keys, key))
        case AddIndex(name, index):
            tables[name] = replace(
                tables[name], indexes=tuple(one for one in tables[name].indexes if one.name != index.name)
            )
        case DropIndex(name, index):
            tables[name] = replace(tables[name], indexes=(*tables[name].indexes, index))
        case _:
            pass


def _without(table: Table, column: str) -> Table:
    return replace(table, columns=tuple(one for one in table.columns if one.name != column))


def _swapped(table: Table, name: str, make: Callable[[Column], Column]) -> Table:
    return replace(table, columns=tuple(make(one) if one.name == name else one for one in table.columns))
