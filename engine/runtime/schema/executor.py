"""Executor: a plan applied, or a migration reverted, in one transaction: it ends old or new, never between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.diagnostics import DougongError, Message
from engine.runtime.database.errors import DatabaseBusy
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.trying import tried
from engine.runtime.schema.carrying import carry_name
from engine.runtime.schema.conversion import convert_values
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.fitting import fit, rebuilds, wanted_after
from engine.runtime.schema.journal import (
    Migration,
    forget_residue,
    lock_journal,
    mark_reverted,
    migrations,
    note_residue,
    prepare_journal,
    record_migration,
    record_schema,
    recorded_schema,
    residue,
)
from engine.runtime.schema.live import live_table, table_names
from engine.runtime.schema.moving import move_sealed
from engine.runtime.schema.operations import (
    CarryName,
    ChangeColumn,
    MoveSealed,
    Operation,
    RenameTable,
    RestoreColumn,
    ReviveColumn,
    ReviveTable,
)
from engine.runtime.schema.plan import SchemaPlan, make_plan
from engine.runtime.schema.tables import Schema, Table
from engine.runtime.schema.undo import schema_before

Result = TypeVar("Result")
Observer = Callable[[Operation], None]
Also = Callable[[Session], None]


class ConsentNeeded(DougongError):
    """The plan retires data; somebody must agree first."""

    code = "consent_needed"
    status = 409

    def __init__(self, operations: Sequence[Operation]) -> None:
        zh = ";".join(one.describe().zh for one in operations)
        en = "; ".join(one.describe().en for one in operations)
        super().__init__(
            Message(
                f"以下变更需要确认：{zh}。确认后用 dougong apply --consent",
                f"These changes need consent: {en}. Give it by dougong apply --consent",
            )
        )


class NothingToRevert(DougongError):
    """There is no migration that was not reverted before, or what it retired was purged since."""

    code = "nothing_to_revert"
    status = 409


class StalePlan(DougongError):
    """The database was migrated by somebody else since the plan was made."""

    code = "stale_plan"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "数据库在计划之后已变更，请重新计划", "The database changed since the plan was made; please plan again"
            )
        )


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and for which definitions a migration is made: its id, microseconds since the epoch, the fingerprint."""

    id: int
    at: int
    fingerprint: str


def plan_for(database: Database, declared: Schema, stamp: Stamp) -> SchemaPlan:
    """The plan from what the database has to what is declared. Raises PlanImpossible."""
    database.write(prepare_journal)
    clear_residue(database)
    recorded = database.read(recorded_schema)
    return make_plan(declared, recorded, str(stamp.id))


def apply(
    database: Database,
    plan: SchemaPlan,
    stamp: Stamp,
    consent: bool = False,
    observe: Observer | None = None,
    also: Also | None = None,
) -> None:
    """Run a plan: all of it, with its journal row, or nothing. `observe` sees each operation before it runs; `also` is done
    last in the same transaction.

    A plan that another process has applied meanwhile is done already. Raises ConsentNeeded when it retires data and nobody
    agreed, StalePlan, EmptyValues, and ForeignKeyViolation when rows do not point where they must.
    """
    if plan.destructive and not consent:
        raise ConsentNeeded(plan.destructive)

    def unit(session: Session) -> None:
        lock_journal(session)
        recorded = recorded_schema(session)
        if recorded.applied not in (plan.target.applied, plan.base.applied):
            raise StalePlan
        if recorded.applied != plan.target.applied:
            _run(session, plan.operations, plan.target, observe)
            record_schema(session, plan.target)
            moved = [one.table for one in plan.operations if isinstance(one, MoveSealed)]
            if moved:
                note_residue(session, moved)
            record_migration(session, Migration(stamp.id, stamp.at, stamp.fingerprint, plan.operations, reverted=False))
        if also is not None:
            also(session)

    if not plan.empty:
        _changing(database, plan.operations)(unit)
    elif also is not None:
        database.write(also)
    clear_residue(database)


def clear_residue(database: Database) -> None:
    """What a migration took out of tables leaves the database's files too; done again until it was done whole.

    Raises DatabaseBusy where it was not.
    """
    tables, full_text = database.read(_to_cleanse)
    if tables:
        if database.cleanse(tables, full_text).again:
            raise DatabaseBusy
        database.write(forget_residue)


def _to_cleanse(session: Session) -> tuple[list[str], list[str]]:
    """The tables that something was taken out of, with those made of them; and which of them are of full text."""
    taken = residue(session)
    recorded = recorded_schema(session).tables if taken else {}
    tables = [one for name, one in recorded.items() if any(name == of or name.startswith(f"{of}__") for of in taken)]
    return [one.name for one in tables], [one.name for one in tables if one.full_text]


def revert(database: Database, observe: Observer | None = None) -> Migration:
    """Undo the newest migration that was not reverted yet; retired columns and tables come back with their data.

    Raises NothingToRevert, and EmptyValues when rows written since lack a value that the old tables must have.
    """
    database.write(prepare_journal)
    last = _newest(database.read(migrations))
    backwards = tuple(one.reverse(str(last.id)) for one in reversed(last.operations))

    def unit(session: Session) -> Migration:
        lock_journal(session)
        if _newest(migrations(session)).id != last.id:
            raise StalePlan
        _prove_kept(session, backwards)
        target = schema_before(recorded_schema(session), last.operations)
        _run(session, backwards, target, observe)
        record_schema(session, target)
        mark_reverted(session, last.id)
        return last

    return _changing(database, backwards)(unit)


def rehearse(database: Database, plan: SchemaPlan) -> int:
    """Run a plan and undo it: it raises what applying would raise. The number of values that would not convert exactly.

    Nobody else can write meanwhile.
    """

    return tried(
        _changing(database, plan.operations), lambda session: _run(session, plan.operations, plan.target, None)
    )


def _changing(database: Database, operations: Sequence[Operation]) -> Callable[[Callable[[Session], Result]], Result]:
    """How the database runs them: building tables of SQLite anew needs a transaction of its own kind."""
    alone = database.dialect == "postgres" or rebuilds(operations, database.dialect)
    return database.alter if alone else database.write


def _newest(done: Sequence[Migration]) -> Migration:
    standing = [one for one in done if not one.reverted]
    if not standing:
        raise NothingToRevert(Message("没有可以撤销的迁移", "There is no migration to revert"))
    return standing[-1]


def _prove_kept(session: Session, backwards: Sequence[Operation]) -> None:
    """What the migration retired must still be there."""
    names = set(table_names(session))
    for operation in backwards:
        match operation:
            case ReviveTable(_, tombstone):
                kept = tombstone in names
            case ReviveColumn(table, _, tombstone) | RestoreColumn(table, _, _, tombstone):
                live = live_table(session, table)
                kept = live is None or live.column(tombstone) is not None
            case MoveSealed():
                raise NothingToRevert(
                    Message(
                        "密封与解封不能撤销迁移：在定义里改 sealed 后再发布",
                        "Sealing and unsealing are not reverted: change sealed in the definitions and publish them",
                    )
                )
            case _:
                kept = True
        if not kept:
            raise NothingToRevert(
                Message(
                    "停用的数据已被清除，不能再撤销", "What was retired has been purged; it cannot be reverted any more"
                )
            )


def _table_of(operation: CarryName, operations: Sequence[Operation], target: Schema) -> Table:
    """The table whose values are called otherwise: on the way back it gets its former name only afterwards."""
    renamed = {one.old: one.new for one in operations if isinstance(one, RenameTable)}
    name = operation.table
    return target.tables[name if name in target.tables else renamed[name]]


def _run(session: Session, operations: Sequence[Operation], target: Schema, observe: Observer | None) -> int:
    """Run operations and fit the constraints of the tables that they touched; the number of values left empty."""
    emptied = 0
    for operation in operations:
        if observe is not None:
            observe(operation)
        for statement in ddl(operation, session.dialect):
            session.execute(statement)
        if isinstance(operation, CarryName):
            carry_name(session, operation, _table_of(operation, operations, target))
        if isinstance(operation, ChangeColumn):
            emptied += convert_values(session, operation, target.tables[operation.table].primary_key)
        if isinstance(operation, MoveSealed):
            move_sealed(session, operation, target)
    fit(session, wanted_after(operations, target))
    return emptied
