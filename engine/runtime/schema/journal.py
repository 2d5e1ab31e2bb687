"""The journal: which tables stand and which migrations were applied, kept in the database that they changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlglot import exp

from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.schema import operations as kinds
from engine.runtime.schema.operations import Operation
from engine.runtime.schema.tables import (
    Column,
    ForeignKey,
    Index,
    NameChange,
    NamedColumn,
    NameWay,
    PhysicalKind,
    Schema,
    Table,
    index_from_dict,
    table_as_dict,
    table_from_dict,
)

SCHEMA_TABLE, MIGRATION_TABLE = "dougong_schema", "dougong_migration"
JOURNAL_TABLES = (
    Table(
        SCHEMA_TABLE,
        (Column("name", PhysicalKind.TEXT, nullable=False), Column("declared", PhysicalKind.TEXT, nullable=False)),
        primary_key=("name",),
    ),
    Table(
        MIGRATION_TABLE,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("applied_at", PhysicalKind.INTEGER, nullable=False),
            Column("fingerprint", PhysicalKind.TEXT, nullable=False),
            Column("operations", PhysicalKind.TEXT, nullable=False),
            Column("reverted", PhysicalKind.INTEGER, nullable=False),
        ),
    ),
)
"""The journal's own two tables, which stand before anything can be planned."""
_CHANGES = "$names"
"""Beside the tables: the names that stored values were given; no table is called so."""
RESIDUE = "$residue"
"""Beside the tables: that files are still to be cleared of what was taken out of them."""
_CREATING = 20200101
"""A number of our own for the lock of the database's lock table."""


@dataclass(frozen=True, slots=True)
class Migration:
    """An applied migration: its id, when (microseconds), the definitions' fingerprint, its operations, and whether it was reverted."""

    id: int
    applied_at: int
    fingerprint: str
    operations: tuple[Operation, ...]
    reverted: bool


def lock_journal(session: Session) -> None:
    """Let one process migrate at a time. SQLite has one writer anyway."""
    if session.dialect == "postgres":
        session.execute(Statement(f'LOCK TABLE "{SCHEMA_TABLE}" IN EXCLUSIVE MODE', (), "postgres"))


def prepare_journal(session: Session) -> None:
    """Create the two tables of the journal if they are not there."""
    if session.dialect == "postgres":  # two processes that start together would both create them, and one would fail
        session.execute(Statement(f"SELECT pg_advisory_xact_lock({_CREATING})", (), "postgres"))
    for sql in _bootstrap(session.dialect):
        session.execute(Statement(sql, (), session.dialect))


def _bootstrap(dialect: Dialect) -> tuple[str, str]:
    number, strict = ("INTEGER", " STRICT") if dialect == "sqlite" else ("BIGINT", "")
    return (
        f'CREATE TABLE IF NOT EXISTS "{SCHEMA_TABLE}" ("name" TEXT NOT NULL PRIMARY KEY, "declared" TEXT NOT NULL){strict}',
        f'CREATE TABLE IF NOT EXISTS "{MIGRATION_TABLE}" ("id" {number} NOT NULL PRIMARY KEY, "applied_at" {number} NOT NULL, '
        f'"fingerprint" TEXT NOT NULL, "operations" TEXT NOT NULL, "reverted" {number} NOT NULL){strict}',
    )


def recorded_schema(session: Session) -> Schema:
    """The tables as they were last declared and applied."""
    select = exp.select(exp.column("declared", quoted=True)).from_(exp.to_table(SCHEMA_TABLE))
    rows = session.rows(compile_statement(select, session.dialect))
    found = [json.loads(str(row[0])) for row in rows]
    tables = [table_from_dict(one) for one in found if _CHANGES not in one and RESIDUE not in one]
    changes = (change for one in found for change in one.get(_CHANGES, ()))
    return Schema({table.name: table for table in tables}, name_changes=tuple(map(_name_change, changes)))


def _name_change(data: Mapping[str, Any]) -> NameChange:
    where = {**data["where"], "way": NameWay(data["where"]["way"])}
    return NameChange(NamedColumn(**where), data["old"], data["new"])


def record_schema(session: Session, schema: Schema) -> None:
    """Replace the record by this schema."""
    session.execute(compile_statement(exp.Delete(this=exp.to_table(SCHEMA_TABLE)), session.dialect))
    insert = _insert(SCHEMA_TABLE, ("name", "declared"))
    rows = [
        {"name": name, "declared": json.dumps(table_as_dict(table))} for name, table in sorted(schema.tables.items())
    ]
    if schema.name_changes:
        changes = [asdict(one) for one in schema.name_changes]
        rows.append({"name": _CHANGES, "declared": json.dumps({_CHANGES: changes})})
    session.execute_many(compile_statement(insert, session.dialect), rows)


def note_residue(session: Session, tables: Sequence[str]) -> None:
    """Remember that what was taken out of tables may still lie in the database's files."""
    row = {"name": RESIDUE, "declared": json.dumps({RESIDUE: [*tables]})}
    session.execute(compile_statement(_insert(SCHEMA_TABLE, ("name", "declared")), session.dialect), row)


def residue(session: Session) -> tuple[str, ...]:
    """The tables of which something may still lie in the files."""
    found = session.rows(compile_statement(_residue(exp.select(exp.column("declared", quoted=True))), session.dialect))
    return tuple(str(name) for row in found for name in json.loads(str(row[0]))[RESIDUE])


def forget_residue(session: Session) -> None:
    tree = exp.Delete(this=exp.to_table(SCHEMA_TABLE), where=_residue(exp.Select()).args["where"])
    session.execute(compile_statement(tree, session.dialect))


def _residue(select: exp.Select) -> exp.Select:
    same = exp.EQ(this=exp.column("name", quoted=True), expression=exp.Literal.string(RESIDUE))
    return select.from_(exp.to_table(SCHEMA_TABLE)).where(same)


def record_migration(session: Session, migration: Migration) -> None:
    """Add an applied migration."""
    columns = ("id", "applied_at", "fingerprint", "operations", "reverted")
    row = {
        "id": migration.id,
        "applied_at": migration.applied_at,
        "fingerprint": migration.fingerprint,
        "operations": json.dumps([as_dict(one) for one in migration.operations]),
        "reverted": int(migration.reverted),
    }
    session.execute(compile_statement(_insert(MIGRATION_TABLE, columns), session.dialect), row)


def mark_reverted(session: Session, migration: int) -> None:
    same = exp.EQ(this=exp.column("id", quoted=True), expression=exp.Placeholder(this="id"))
    assignment = exp.EQ(this=exp.column("reverted", quoted=True), expression=exp.Literal.number(1))
    update = exp.Update(this=exp.to_table(MIGRATION_TABLE), expressions=[assignment], where=exp.Where(this=same))
    session.execute(compile_statement(update, session.dialect), {"id": migration})


def migrations(session: Session) -> tuple[Migration, ...]:
    """All applied migrations, oldest first."""
    names = ("id", "applied_at", "fingerprint", "operations", "reverted")
    identity = exp.column("id", quoted=True)
    select = (
        exp.select(*(exp.column(name, quoted=True) for name in names))
        .from_(exp.to_table(MIGRATION_TABLE))
        .order_by(identity)
    )
    return tuple(
        Migration(
            id=int(str(row[0])),
            applied_at=int(str(row[1])),
            fingerprint=str(row[2]),
            operations=tuple(from_dict(one) for one in json.loads(str(row[3]))),
            reverted=bool(row[4]),
        )
        for row in session.rows(compile_statement(select, session.dialect))
    )


def _insert(table: str, columns: tuple[str, ...]) -> exp.Insert:
    names = exp.Schema(this=exp.to_table(table), expressions=[exp.to_identifier(name, quoted=True) for name in columns])
    values = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder(this=name) for name in columns])])
    return exp.Insert(this=names, expression=values)


def as_dict(operation: Operation) -> dict[str, object]:
    return {"operation": type(operation).__name__, **asdict(operation)}


def from_dict(data: Mapping[str, Any]) -> Operation:
    """The operation that `as_dict` wrote."""
    kind = getattr(kinds, str(data["operation"]))
    given = {name: _part(value) for name, value in data.items() if name != "operation"}
    operation: Operation = kind(**given)
    return operation


def _part(value: Any) -> str | Table | Column | Index | ForeignKey | None:
    if not isinstance(value, dict):
        return None if value is None else str(value)
    if "primary_key" in value:
        return table_from_dict(value)
    if "kind" in value:
        return Column(**{**value, "kind": PhysicalKind(value["kind"])})
    if "columns" in value:
        return index_from_dict(value)
    return ForeignKey(**value)
