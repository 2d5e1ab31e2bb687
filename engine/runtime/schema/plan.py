"""Plan: the ordered operations that bring the recorded schema to the declared one. Nothing is decided while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.runtime.schema.operations import (
    TOMBSTONE,
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
)
from engine.runtime.schema.tables import Column, Schema, Table


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """Operations in the order in which they run, and the schema that they lead to."""

    operations: tuple[Operation, ...]
    target: Schema

    @property
    def empty(self) -> bool:
        return not self.operations

    @property
    def destructive(self) -> tuple[Operation, ...]:
        """The operations that need consent."""
        return tuple(one for one in self.operations if one.destructive)


def make_plan(declared: Schema, recorded: Schema, stamp: str) -> SchemaPlan:
    """The plan from `recorded` to `declared`; `stamp` (a migration's id) keeps tombstones of different times apart."""
    operations: list[Operation] = []
    before = dict(recorded.tables)
    for old, new in declared.table_renames.items():
        if old in before and new not in before and new in declared.tables:
            operations.append(RenameTable(old, new))
            before[new] = replace(before.pop(old), name=new)
    after_renames = {name: _pointing(table, dict(declared.table_renames)) for name, table in before.items()}
    for table in _targets_first(declared):
        if table.name in after_renames:
            operations += _changes(table, after_renames[table.name], declared, stamp)
        else:
            operations.append(CreateTable(table))
    for name, table in after_renames.items():
        if name not in declared.tables:
            operations.append(BuryTable(table, f"{TOMBSTONE}{name}_{stamp}"))
    return SchemaPlan(tuple(operations), declared)


def _changes(declared: Table, live: Table, schema: Schema, stamp: str) -> Iterator[Operation]:
    columns = {column.name: column for column in live.columns}
    renamed: dict[str, str] = {}
    for (table, old), new in schema.column_renames.items():
        if table == declared.name and old in columns and new not in columns:
            yield RenameColumn(table, old, new)
            columns[new] = replace(columns.pop(old), name=new)
            renamed[old] = new
    live_indexes = {
        index.name: replace(index, columns=tuple(renamed.get(c, c) for c in index.columns)) for index in live.indexes
    }
    wanted = {index.name: index for index in declared.indexes}
    for name, index in live_indexes.items():
        if wanted.get(name) != index:
            yield DropIndex(declared.name, index)
    keys = {key.column: key for key in declared.foreign_keys}
    for column in declared.columns:
        if column.name not in columns:
            yield AddColumn(declared.name, column, keys.get(column.name))
        elif _differs(columns[column.name], column):
            yield ChangeColumn(declared.name, columns[column.name], column, f"{TOMBSTONE}{column.name}_{stamp}")
    names = {column.name for column in declared.columns}
    for name, column in columns.items():
        if name not in names:
            yield BuryColumn(declared.name, column, f"{TOMBSTONE}{name}_{stamp}")
    for name, index in wanted.items():
        if live_indexes.get(name) != index:
            yield AddIndex(declared.name, index)


def _differs(live: Column, declared: Column) -> bool:
    return live.kind is not declared.kind or live.scale != declared.scale


def _pointing(table: Table, renames: dict[str, str]) -> Table:
    keys = tuple(replace(key, table=renames.get(key.table, key.table)) for key in table.foreign_keys)
    return replace(table, foreign_keys=keys)


def _targets_first(schema: Schema) -> Iterator[Table]:
    """Tables after those that their foreign keys name, as far as there is no cycle."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[Table]:
        if name in done or name in path or name not in schema.tables:
            return
        for key in schema.tables[name].foreign_keys:
            yield from visit(key.table, (*path, name))
        if name not in done:
            done.add(name)
            yield schema.tables[name]

    for name in sorted(schema.tables):
        yield from visit(name, ())
