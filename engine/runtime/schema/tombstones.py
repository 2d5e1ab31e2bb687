"""Tombstones: what migrations retired, still in the database: listed, filled back in, purged when its time is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import Statement
from engine.runtime.schema.ddl import quoted
from engine.runtime.schema.journal import Migration, migrations, recorded_schema
from engine.runtime.schema.live import LiveTable, live_schema, live_table
from engine.runtime.schema.operations import TOMBSTONE, UNDONE, BuryColumn, BuryTable, ChangeColumn, RestoreColumn
from engine.runtime.schema.tables import Column, Table


class CannotRestore(DougongError):
    """There is nothing of the same name and kind that the retired values could go to."""

    code = "cannot_restore"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            Message(
                f"没有与 {name} 同名同类型的现用列或表；先在定义中恢复它",
                f"No column or table in use has the name and type of {name}; declare it again first",
            )
        )


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A retired column of a table, or a retired table (`column` is None); `name` is what it was called, where that is known.

    `retired_at` is when its migration was applied, in microseconds; None when the journal does not know it.
    """

    table: str
    column: str | None
    name: str
    retired_at: int | None


def tombstones(session: Session) -> tuple[Tombstone, ...]:
    """All tombstones, by table. In SQLite a writing session is needed."""
    known = {name: (was, migration) for migration in migrations(session) for name, was in retired_by(migration)}

    def tombstone(table: str, column: str | None) -> Tombstone:
        was, migration = known.get(column or table, (None, None))
        return Tombstone(table, column, was.name if was else "", migration.applied_at if migration else None)

    return tuple(
        tombstone(table.name, column)
        for _, table in sorted(live_schema(session).items())
        for column in _buried_parts(table)
    )


def _buried_parts(table: LiveTable) -> Iterator[str | None]:
    """None for the table itself, else its retired columns; a retired table's columns go with it."""
    if table.name.startswith((TOMBSTONE, UNDONE)):
        yield None
        return
    yield from (one.name for one in table.columns if one.name.startswith((TOMBSTONE, UNDONE)))


def retired_by(migration: Migration) -> Iterator[tuple[str, Column | Table]]:
    """The tombstones that a migration, or its reverting, made: their names and what they were."""
    backwards = (one.reverse(str(migration.id)) for one in migration.operations) if migration.reverted else ()
    for operation in (*migration.operations, *backwards):
        match operation:
            case BuryTable(table, tombstone):
                yield tombstone, table
            case BuryColumn(_, column, tombstone) | ChangeColumn(_, column, _, tombstone):
                yield tombstone, column
            case RestoreColumn(_, _, column, _, retired):
                yield retired, column
            case _:
                pass


def purge(database: Database, before: int) -> tuple[Tombstone, ...]:
    """Delete for good what was retired before an instant (microseconds); what went. Its migrations cannot be reverted any more."""

    def unit(session: Session) -> tuple[Tombstone, ...]:
        due = tuple(one for one in tombstones(session) if one.retired_at is not None and one.retired_at < before)
        _drop(session, due)
        return due

    return database.alter(unit)


def purge_named(database: Database, tombstone: Tombstone) -> Tombstone:
    """Delete one for good. Its migration cannot be reverted any more."""
    database.alter(lambda session: _drop(session, (tombstone,)))
    return tombstone


def purge_migration(database: Database, migration: int) -> tuple[Tombstone, ...]:
    """Delete for good what one migration retired; what went. It cannot be reverted any more."""

    def unit(session: Session) -> tuple[Tombstone, ...]:
        done = [one for one in migrations(session) if one.id == migration]
        names = {name for one in done for name, _ in retired_by(one)}
        due = tuple(one for one in tombstones(session) if (one.column or one.table) in names)
        _drop(session, due)
        return due

    return database.alter(unit)


def _drop(session: Session, due: Sequence[Tombstone]) -> None:
    """Columns first: they may point at tables."""
    for one in sorted(due, key=lambda tombstone: tombstone.column is None):
        text = f"DROP TABLE {quoted(one.table)}{_cascade(session)}"
        if one.column is not None:
            text = f"ALTER TABLE {quoted(one.table)} DROP COLUMN {quoted(one.column)}"
        session.execute(Statement(text, (), session.dialect))


def _cascade(session: Session) -> str:
    """Retired tables may point at each other."""
    return " CASCADE" if session.dialect == "postgres" else ""


def bring_back(database: Database, migration: int, tables: Sequence[str]) -> tuple[str, ...]:
    """Put the rows of tables that a migration retired into those of the same name that stand again; which were filled.

    One transaction: all come back or none. Their tombstones go.
    """

    def unit(session: Session) -> tuple[str, ...]:
        done = [one for one in migrations(session) if one.id == migration]
        kept = {was.name: name for one in done for name, was in retired_by(one) if isinstance(was, Table)}
        known = {was.name: was for one in done for _, was in retired_by(one) if isinstance(was, Table)}
        live = set(live_schema(session))
        found = [name for name in tables if kept.get(name) in live]
        for name in found:
            if not known[name].full_text:  # tokens are made anew
                _restore_table(session, kept[name], known[name])
        for name in found:
            text = f"DROP TABLE {quoted(kept[name])}{_cascade(session)}"
            session.execute(Statement(text, (), session.dialect))
        return tuple(found)

    return database.alter(unit)


def restore(database: Database, tombstone: Tombstone) -> int:
    """Put retired values back where the column or table of the same name is empty; the number of rows that got something.

    Raises CannotRestore. The tombstone stays until it is purged.
    """

    def unit(session: Session) -> int:
        known = {name: was for migration in migrations(session) for name, was in retired_by(migration)}
        was = known.get(tombstone.column or tombstone.table)
        if isinstance(was, Table):
            return _restore_table(session, tombstone.table, was)
        if was is None or tombstone.column is None:
            raise CannotRestore(tombstone.column or tombstone.table)
        return _restore_column(session, tombstone.table, tombstone.column, was)

    return database.write(unit)


def _restore_column(session: Session, table: str, buried: str, was: Column) -> int:
    declared = recorded_schema(session).tables.get(table)
    found = declared.column(was.name) if declared else None
    if found is None or (found.kind, found.scale) != (was.kind, was.scale):
        raise CannotRestore(f"{table}.{was.name}")
    column, old = quoted(was.name), quoted(buried)
    text = f"UPDATE {quoted(table)} SET {column} = {old} WHERE {column} IS NULL AND {old} IS NOT NULL"  # noqa: S608
    return session.execute(Statement(text, (), session.dialect))


def _restore_table(session: Session, buried: str, was: Table) -> int:
    declared = recorded_schema(session).tables.get(was.name)
    live = live_table(session, buried)
    if declared is None or live is None or declared.primary_key != was.primary_key or not was.primary_key:
        raise CannotRestore(was.name)
    shared = [one for one in declared.columns if _same(was.column(one.name), one) and live.column(one.name)]
    names = ", ".join(quoted(one.name) for one in shared)
    same = " AND ".join(f"n.{quoted(name)} = o.{quoted(name)}" for name in was.primary_key)
    olds = ", ".join(f"o.{quoted(one.name)}" for one in shared)
    text = (
        f"INSERT INTO {quoted(was.name)} ({names}) SELECT {olds} FROM {quoted(buried)} AS o "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {quoted(was.name)} AS n WHERE {same})"
    )
    return session.execute(Statement(text, (), session.dialect))


def _same(was: Column | None, now: Column) -> bool:
    return was is not None and (was.kind, was.scale) == (now.kind, now.scale)
