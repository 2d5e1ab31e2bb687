"""Upgrading: an installation of an older release brought to this one, as a plan that is read before it is carried out."""

from __future__ import annotations

from dataclasses import dataclass

from engine.installation.migration import carry_out, plan_migration
from engine.model.app import AppModel
from engine.model.version import product_version
from engine.runtime.database.protocol import Database
from engine.runtime.release import recorded_release
from engine.runtime.schema.executor import Stamp, rehearse
from engine.runtime.schema.operations import BuryTable, CreateTable, Operation, RenameTable, ReviveTable
from engine.runtime.schema.plan import SchemaPlan

KERNEL = "dougong_"


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """From which release to which, and what the tables need: the engine's own first, then those of the definitions."""

    since: str
    until: str
    schema: SchemaPlan

    @property
    def own(self) -> tuple[Operation, ...]:
        return tuple(one for one in self.schema.operations if table_of(one).startswith(KERNEL))

    @property
    def definitions(self) -> tuple[Operation, ...]:
        return tuple(one for one in self.schema.operations if not table_of(one).startswith(KERNEL))

    @property
    def empty(self) -> bool:
        return self.schema.empty and self.since == self.until


def plan_upgrade(database: Database, model: AppModel, stamp: Stamp) -> UpgradePlan:
    """What it takes to bring the database to this release and these definitions. Raises NewerDatabase, PlanImpossible."""
    schema = plan_migration(database, model, stamp)
    return UpgradePlan(database.read(recorded_release), product_version(), schema)


def upgrade(database: Database, model: AppModel, plan: UpgradePlan, stamp: Stamp, consent: bool) -> int:
    """Carry a plan out, after a rehearsal that is undone; the number of values that do not convert exactly.

    Raises what applying raises, and then nothing has changed.
    """
    emptied = rehearse(database, plan.schema) if not plan.schema.empty else 0
    carry_out(database, model, plan.schema, stamp, consent)
    return emptied


def table_of(operation: Operation) -> str:
    """The table that an operation is about."""
    match operation:
        case CreateTable(table) | BuryTable(table, _) | ReviveTable(table, _):
            return table.name
        case RenameTable(old, _):
            return old
        case _:
            return operation.table
