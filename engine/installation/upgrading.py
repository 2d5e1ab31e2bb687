"""Upgrading: an installation of an older release brought to this one, as a plan that is read before it is carried out."""

from __future__ import annotations

from dataclasses import dataclass

from designer.draft.acting import act
from designer.draft.desk import Desk
from designer.studio import Studio
from designer.upgrading.newer import NewerPack, newer_packs
from designer.upgrading.taking import TAKE
from engine.diagnostics import DougongError, Message
from engine.installation.migration import carry_out, plan_migration
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.version import product_version
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Database
from engine.runtime.design_tables import PACK_BASE
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.release import recorded_release
from engine.runtime.schema.executor import Stamp, rehearse
from engine.runtime.schema.live import table_names
from engine.runtime.schema.operations import BuryTable, CreateTable, Operation, RenameTable, ReviveTable
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.work import Work, Workplace

KERNEL = "dougong_"


class NobodyCalled(DougongError):
    """There is no account of this name."""

    code = "unknown_account"
    status = 404

    def __init__(self, account: str) -> None:
        super().__init__(
            Message(
                f"没有账号「{account}」；dougong user list 列出账号",
                f'There is no account "{account}"; dougong user list names them',
            )
        )


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


def newer_editions(workplace: Workplace, studio: Studio, context: Context) -> tuple[NewerPack, ...]:
    """The shipped packs of this release that are newer than what their changed copies come from; none while the database is
    that of an older release."""
    if not workplace.database.read(lambda session: PACK_BASE in table_names(session)):
        return ()
    return workplace.read(context, lambda work: newer_packs(Desk(work, studio)))


def newer_words(one: NewerPack) -> Message:
    """What is told of a newer edition."""
    known = (
        Message("", "")
        if one.known
        else Message("(不知道副本从哪一版改来)", " (nobody knows which edition the copy comes from)")
    )
    name = one.label
    versions = f" {one.since} → {one.until}" if one.since and one.until != one.since else ""
    return Message(
        f"「{name.get('zh', one.pack)}」有新版本{versions}：{one.places} 处更新，{one.waiting} 处冲突{known.zh}",
        f"{name.get('en', one.pack)} has come in a new edition{versions}: {_count(one.places, 'update')}, "
        f"{_count(one.waiting, 'conflict')}{known.en}",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def merge_newer(workplace: Workplace, studio: Studio, pack: str, account: str, context: Context) -> Message:
    """Take the newer edition of a pack into the draft for somebody, who can take it back in the designer; what was done.

    Raises NobodyCalled, BadCommand, Forbidden.
    """

    def merge(work: Work) -> Message:
        user = user_by_account(work.session, account)
        if user is None:
            raise NobodyCalled(account)
        at = Circumstances(context.now, context.locale, context.zone)
        own = work.under(context_for(work.session, work.model, user, at))
        acted = act(own, studio, {"do": TAKE, "pack": pack})
        told = Act(context.now, "design", user.id, subject=f"do={TAKE} pack={pack}", address="console")
        append(work.session, workplace.ids, told)
        return acted.label

    return workplace.write(context, merge)


def table_of(operation: Operation) -> str:
    """The table that an operation is about."""
    match operation:
        case CreateTable(table) | BuryTable(table, _) | ReviveTable(table, _):
            return table.name
        case RenameTable(old, _):
            return old
        case _:
            return operation.table
