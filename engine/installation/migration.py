"""Migrating: from the served definitions to the tables that they need."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from engine.extensions import Clock
from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.version import product_version
from engine.runtime.database.protocol import Database, Session
from engine.runtime.facts.epoch import begin_epoch
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.release import record_release, recorded_release, refuse_newer
from engine.runtime.removed_packs import forget_removal, removals
from engine.runtime.rollups.keeping import build_small
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.estimate import Estimate, estimates
from engine.runtime.schema.executor import Stamp, apply, plan_for
from engine.runtime.schema.operations import CreateTable
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.schema.tables import Schema, schema_of
from engine.runtime.schema.tombstones import bring_back
from engine.runtime.sealing.moving import MoverOf
from engine.runtime.search.index import index_anew, is_indexed, outdated, remember
from engine.runtime.storage.names import name_changes, renamed
from engine.runtime.storage.tables import entity_tables, version_table_name


def declared_schema(model: AppModel, leaving: AppModel | None = None, mover: MoverOf | None = None) -> Schema:
    """All tables that the kernel and the model need, with the renames that the definitions declare; of a model that is left
    for one with earlier names, its renames go back. What is to be sealed or unsealed takes a mover."""
    schema = schema_of((*KERNEL_TABLES, *entity_tables(model)))
    found = renamed(model, leaving)
    tables = {one.old: one.new for one in found if one.kind == "entities"}
    versions = {version_table_name(old): version_table_name(new) for old, new in tables.items()}
    columns = {(one.owner, one.old): one.new for one in found if one.kind == "fields"}
    return replace(
        schema,
        table_renames={**tables, **versions},
        column_renames=columns,
        name_changes=name_changes(model, found),
        sealer=mover(model) if mover is not None else None,
    )


def migration_stamp(model: AppModel, ids: IdSource, clock: Clock) -> Stamp:
    return Stamp(ids.next(), to_micros(clock.now()), model.fingerprint)


def plan_migration(
    database: Database, model: AppModel, stamp: Stamp, leaving: AppModel | None = None, mover: MoverOf | None = None
) -> SchemaPlan:
    """What the database needs for this model; `leaving` is the one that is served. Raises NewerDatabase."""
    database.read(lambda session: refuse_newer(session, product_version()))
    return plan_for(database, declared_schema(model, leaving, mover), stamp)


def migrate(
    database: Database, model: AppModel, stamp: Stamp, consent: bool = False, mover: MoverOf | None = None
) -> SchemaPlan:
    """Bring the database to the model; the plan that was applied."""
    plan = plan_migration(database, model, stamp, mover=mover)
    carry_out(database, model, plan, stamp, consent)
    return plan


def carry_out(database: Database, model: AppModel, plan: SchemaPlan, stamp: Stamp, consent: bool = False) -> None:
    """Apply a plan, then index anew what the model searches under other rules than before."""
    apply(database, plan, stamp, consent)
    settle(database, model, plan)


def settle(database: Database, model: AppModel, plan: SchemaPlan) -> None:
    """What follows a plan that was applied: nothing that a start would not do again.

    Roll-ups over few rows are built at once; of others the figures come from rows until a job has built them.
    """
    brought_back(database, model, plan)
    if plan.operations:
        database.write(begin_epoch)
    if database.read(recorded_release) != product_version():
        database.write(lambda session: record_release(session, product_version()))
    database.write(lambda session: build_small(session, model))
    for entity in database.read(lambda session: outdated(session, model)):
        database.write(partial(_index, entity=entity))


def brought_back(database: Database, model: AppModel, plan: SchemaPlan) -> tuple[str, ...]:
    """A pack that is installed again finds what was kept when it was removed: the tables that were filled."""
    created = [one.table.name for one in plan.operations if isinstance(one, CreateTable)]
    filled: list[str] = []
    for removal in database.read(removals) if created else ():
        names = [name for name in created if name in removal.tables]
        if names:
            filled += bring_back(database, removal.migration, names)
            database.write(partial(forget_removal, migration=removal.migration))
    for name in filled:
        if name in model.entities and is_indexed(model.entities[name]):
            database.write(partial(_index, entity=model.entities[name]))
    return tuple(filled)


def _index(session: Session, entity: Entity) -> None:
    index_anew(session, entity)
    remember(session, entity)


def plan_lines(plan: SchemaPlan, database: Database, language: str, sql: bool) -> list[str]:
    """The plan in words with the time that it takes, and as SQL."""
    lines = []
    found = estimated(plan, database)
    for operation, estimate in zip(plan.operations, found, strict=True):
        mark = "!" if operation.destructive else "+"
        lines.append(f"{mark} {operation.describe().text(language)}{_time(estimate, language)}")
        if sql:
            lines += [f"    {statement.sql};" for statement in ddl(operation, database.dialect)]
    if lines:
        total = sum(one.seconds for one in found)
        lines.append(f"共约 {total:.1f} 秒" if language == "zh" else f"about {total:.1f} s in all")
    return lines


def estimated(plan: SchemaPlan, database: Database) -> tuple[Estimate, ...]:
    """How long each operation of a plan will take."""
    return database.read(lambda session: estimates(session, plan.operations))


def _time(estimate: Estimate, language: str) -> str:
    """What is said of an operation that touches rows."""
    if not estimate.rows:
        return ""
    if language == "zh":
        return f"({estimate.rows:,} 行，约 {estimate.seconds:.1f} 秒)"
    return f" ({estimate.rows:,} rows, about {estimate.seconds:.1f} s)"
