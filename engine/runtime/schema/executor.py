"""Executor: a plan applied, or a migration reverted, in one transaction: it ends old or new, never between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Database, Session
from engine.runtime.schema.conversion import convert_values
from engine.runtime.schema.ddl import ddl, foreign_keys
from engine.runtime.schema.journal import (
    Migration,
    mark_reverted,
    migrations,
    prepare_journal,
    record_migration,
    record_schema,
    recorded_schema,
)
from engine.runtime.schema.operations import ChangeColumn, Operation
from engine.runtime.schema.plan import SchemaPlan, make_plan
from engine.runtime.schema.tables import Schema
from engine.runtime.schema.undo import schema_before

Observer = Callable[[Operation], None]


class ConsentNeeded(DougongError):
    """The plan retires data; somebody must agree first."""

    code = "consent_needed"
    status = 409

    def __init__(self, operations: Sequence[Operation]) -> None:
        zh = ";".join(one.describe().zh for one in operations)
        en = "; ".join(one.describe().en for one in operations)
        super().__init__(Message(f"以下变更需要确认:{zh}", f"These changes need consent: {en}"))


class NothingToRevert(DougongError):
    """There is no such migration, or it was reverted before, or a later one stands on it."""

    code = "nothing_to_revert"
    status = 409


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and for which definitions a migration is made: its id, microseconds since the epoch, the fingerprint."""

    id: int
    at: int
    fingerprint: str


def plan_for(database: Database, declared: Schema, stamp: Stamp) -> SchemaPlan:
    """The plan from what the database has to what is declared."""
    database.write(prepare_journal)
    recorded = database.read(recorded_schema)
    return make_plan(declared, recorded, str(stamp.id))


def apply(
    database: Database, plan: SchemaPlan, stamp: Stamp, consent: bool = False, observe: Observer | None = None
) -> None:
    """Run a plan. Raises ConsentNeeded when it retires data and nobody agreed. `observe` sees each operation before it runs."""
    if plan.destructive and not consent:
        raise ConsentNeeded(plan.destructive)

    def unit(session: Session) -> None:
        _run(session, plan.operations, observe)
        record_schema(session, plan.target)
        record_migration(session, Migration(stamp.id, stamp.at, stamp.fingerprint, plan.operations, reverted=False))

    if not plan.empty:
        database.write(unit)


def revert(database: Database, observe: Observer | None = None) -> Migration:
    """Undo the newest migration that was not reverted yet; retired columns and tables come back with their data."""
    done = [one for one in database.read(migrations) if not one.reverted]
    if not done:
        raise NothingToRevert(Message("没有可以撤销的迁移", "There is no migration to revert"))
    last = done[-1]

    def unit(session: Session) -> Migration:
        backwards = tuple(one.reverse() for one in reversed(last.operations))
        _run(session, backwards, observe)
        record_schema(session, schema_before(recorded_schema(session), last.operations))
        mark_reverted(session, last.id)
        return last

    return database.write(unit)


def _run(session: Session, operations: Sequence[Operation], observe: Observer | None) -> None:
    for operation in operations:
        if observe is not None:
            observe(operation)
        for statement in ddl(operation, session.dialect):
            session.execute(statement)
        if isinstance(operation, ChangeColumn):
            convert_values(session, operation)
    for operation in operations:
        for statement in foreign_keys(operation, session.dialect):
            session.execute(statement)
