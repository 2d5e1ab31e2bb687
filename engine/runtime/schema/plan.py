"""Plan: the ordered operations that bring the recorded schema to the declared one. Nothing is decided while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
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
    tombstone_name,
)
from engine.runtime.schema.tables import Column, Schema, Table, pointing, renamed_column


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """Operations in the order in which they run, the schema that they lead to, and the one that they start from."""

    operations: tuple[Operation, ...]
    target: Schema
    base: Schema

    @property
    def empty(self) -> bool:
        return not self.operations

    @property
    def destructive(self) -> tuple[Operation, ...]:
        """The operations that need consent."""
        return tuple(one for one in self.operations if one.destructive)


class PlanImpossible(DougongError):
    """A table changes in a way that no operation has: its primary key, or whether it is one of search tokens."""

    code = "plan_impossible"
    status = 409

    def __init__(self, table: str) -> None:
        super().__init__(
            Message(
                f"表 {table} 的主键或种类不能改变；请改用新表",
                f"The primary key or the kind of table {table} cannot change; use a new table",
            )
        )


def make_plan(declared: Schema, recorded: Schema, stamp: str) -> SchemaPlan:
    """The plan from `recorded` to `declared`; `stamp` (a migration's id) keeps tombstones of different times apart.

    Raises PlanImpossible.
    """
    operations: list[Operation] = []
    before = dict(recorded.tables)
    for old, new in declared.table_renames.items():
        if old in before and new not in before and new in declared.tables:
            operations.append(RenameTable(old, new))
            before[new] = replace(before.pop(old), name=new)
    after_renames = {name: pointing(table, declared.table_renames) for name, table in before.items()}
    for table in _targets_first(declared):
        if table == after_renames.get(table.name):
            continue
        if table.name in after_renames:
            operations += _changes(table, after_renames[table.name], declared, stamp)
        else:
            operations.append(CreateTable(table))
    for name, table in after_renames.items():
        if name not in declared.tables:
            operations.append(BuryTable(table, tombstone_name(name, stamp)))
    operations += _carried(declared, recorded, frozenset(before))
    return SchemaPlan(tuple(operations), declared, recorded)


def _carried(declared: Schema, recorded: Schema, standing: frozenset[str]) -> Iterator[Operation]:
    """Values that are called otherwise and were not carried before, in tables that stood."""
    known = set(recorded.name_changes)
    for one in declared.name_changes:
        where = one.where
        if one in known or where.table not in standing or where.table not in declared.tables:
            continue
        yield CarryName(
            where.table, where.column, str(where.way), where.key, where.at_column, where.at, one.old, one.new
        )


def _changes(declared: Table, live: Table, schema: Schema, stamp: str) -> Iterator[Operation]:
    """Renames first, then indexes and keys that go, then columns, then indexes that come."""
    current = live
    for (table, old), new in schema.column_renames.items():
        if table == declared.name and current.column(old) and not current.column(new):
            yield RenameColumn(table, old, new)
            current = renamed_column(current, old, new)
    changed = {one.name for one in declared.columns if _differs(current.column(one.name), one)}
    same_shape = current.primary_key == declared.primary_key and current.full_text == declared.full_text
    if not same_shape or changed & set(declared.primary_key):
        raise PlanImpossible(declared.name)
    kept = {one for one in current.indexes if one in declared.indexes and not changed & one.read}
    yield from (DropIndex(declared.name, one) for one in current.indexes if one not in kept)
    yield from _key_changes(declared, current)
    yield from _column_changes(declared, current, stamp)
    yield from (AddIndex(declared.name, one) for one in declared.indexes if one not in kept)


def _key_changes(declared: Table, current: Table) -> Iterator[Operation]:
    """Foreign keys of columns that were there before; a new column brings its own."""
    for key in current.foreign_keys:
        if key not in declared.foreign_keys:
            yield DropForeignKey(declared.name, key)
    for key in declared.foreign_keys:
        if key not in current.foreign_keys and current.column(key.column):
            yield AddForeignKey(declared.name, key)


def _column_changes(declared: Table, current: Table, stamp: str) -> Iterator[Operation]:
    keys = {key.column: key for key in declared.foreign_keys}
    for column in declared.columns:
        found = current.column(column.name)
        if found is None:
            yield AddColumn(declared.name, column, keys.get(column.name))
        elif _differs(found, column):
            yield ChangeColumn(declared.name, found, column, tombstone_name(column.name, stamp))
        elif found.nullable != column.nullable:
            yield AlterColumn(declared.name, found, column)
    sealed = {name for name, _ in declared.sealed}
    yield from _sealing(declared, current)
    for column in current.columns:
        if declared.column(column.name) is None and column.name not in sealed:
            yield BuryColumn(declared.name, column, tombstone_name(column.name, stamp))


def _sealing(declared: Table, current: Table) -> Iterator[Operation]:
    """Values that are to lie elsewhere: their columns, and those of envelopes, are there at this place of a plan."""
    now, before = dict(declared.sealed), dict(current.sealed)
    sealed = [name for name in now if name not in before and current.column(name)]
    opened = [name for name in before if name not in now and declared.column(name)]
    moved = [name for name in now if name in before and now[name] != before[name]]
    if sealed or opened or moved:
        yield MoveSealed(declared.name, ",".join(sealed), ",".join(opened), ",".join(moved))


def _differs(live: Column | None, declared: Column) -> bool:
    return live is not None and (live.kind is not declared.kind or live.scale != declared.scale)


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
