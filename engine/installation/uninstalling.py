"""Uninstalling: a pack leaves; its data is kept for its return or erased, as is chosen. A plan that is read first."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.installation.migration import carry_out, plan_migration
from engine.installation.served import SHIPPED, DoesNotCompile, ServedModel, is_shipped
from engine.model.app import AppModel
from engine.runtime.attachments import ATTACHMENT
from engine.runtime.audit import Act, append
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.database.protocol import Session
from engine.runtime.events import EVENT
from engine.runtime.idempotency import KEY
from engine.runtime.instants import from_micros
from engine.runtime.jobs import JOB
from engine.runtime.measuring import count_rows
from engine.runtime.notices import NOTICE
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.removed_packs import remember_removal
from engine.runtime.rows import delete
from engine.runtime.schema.executor import Stamp
from engine.runtime.schema.operations import BuryTable
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.schema.tombstones import purge_migration
from engine.runtime.settings import Settings
from engine.runtime.stores import REPLACED
from engine.runtime.versions import forget_field
from engine.runtime.work import Workplace


class CannotUninstall(DougongError):
    """The pack cannot leave; the message says why and what helps."""

    code = "cannot_uninstall"
    status = 409


ABOUT_RECORDS = (EVENT, ATTACHMENT, KEY, COMMENT, TRACE, NOTICE, DELIVERY)
"""Tables of the kernel whose rows are about a record of an entity."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes with a pack: its entities with their rows, its tables, and the model that stays."""

    pack: str
    folder: Path
    model: AppModel
    entities: tuple[tuple[str, int], ...]
    schema: SchemaPlan

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(one.table.name for one in self.schema.operations if isinstance(one, BuryTable))


def plan_removal(workplace: Workplace, models: ServedModel, pack: str, stamp: Stamp) -> Removal:
    """What goes when a pack is removed. Raises CannotUninstall, which names the packs that stand on it; DoesNotCompile."""
    model = models.current()
    folders = {one.name: one for one in models.compiler.folders}
    if pack not in model.packs or pack not in folders:
        listed = ", ".join(sorted(folders))
        raise CannotUninstall(
            Message(f"没有安装应用包 {pack}；已安装：{listed}", f"There is no pack {pack}; installed: {listed}")
        )
    _refuse_dependents(model, pack)
    if len(folders) == 1:
        raise CannotUninstall(Message("这是唯一的应用包", "This is the only pack"))
    if is_shipped(folders[pack]):
        raise CannotUninstall(
            Message(
                "自带的应用包不在这里移除；用 DOUGONG_PACKS 指出要使用的应用包",
                "A shipped pack is not removed; name the packs to serve with DOUGONG_PACKS",
            )
        )
    if (SHIPPED / pack).exists():
        raise CannotUninstall(
            Message(
                "这是自带应用包在设计器里改过的版本；要撤销这些改动，用 dougong versions 和 dougong rollback",
                "This is a shipped pack as it was changed in the designer; take the changes back with dougong versions and "
                "dougong rollback",
            )
        )
    compilation = ServedModel([one for name, one in folders.items() if name != pack]).compile()
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    gone = sorted(set(model.entities) - set(compilation.model.entities))
    counts = tuple((name, workplace.database.read(partial(count_rows, table=name))) for name in gone)
    schema = plan_migration(workplace.database, compilation.model, stamp)
    return Removal(pack, folders[pack], compilation.model, counts, schema)


def _refuse_dependents(model: AppModel, pack: str) -> None:
    dependents = [one for one in model.packs.values() if pack in one.requires]
    if dependents:
        zh = "、".join(f"{one.label.text('zh')} ({one.name})" for one in dependents)
        en = ", ".join(f"{one.label.text('en')} ({one.name})" for one in dependents)
        raise CannotUninstall(
            Message(f"这些应用包依赖 {pack}，请先卸载：{zh}", f"These packs stand on {pack}; remove them first: {en}")
        )


def remove(settings: Settings, workplace: Workplace, plan: Removal, stamp: Stamp, erase: bool) -> Path:
    """Remove a pack: its text goes to the returned folder, its data is kept as tombstones or erased for good.

    Raises what applying raises; then everything is as it was.
    """
    kept = settings.data / REPLACED / str(stamp.id) / plan.pack
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(plan.folder, kept)
    try:
        carry_out(workplace.database, plan.model, plan.schema, stamp, consent=True)
    except BaseException:
        shutil.move(kept, plan.folder)
        raise
    entities = [name for name, _ in plan.entities]
    if erase:
        for gone in purge_migration(workplace.database, stamp.id):
            if gone.column is not None and gone.table in plan.model.entities:
                workplace.database.write(partial(forget_field, entity=gone.table, field=gone.name))
        _erase_files(settings, entities)
    workplace.database.write(lambda session: _record(session, workplace.key, plan, stamp, erase))
    return kept


def _record(session: Session, key: bytes, plan: Removal, stamp: Stamp, erase: bool) -> None:
    if erase:
        for entity, _ in plan.entities:
            for table in ABOUT_RECORDS:
                delete(session, table, {"entity": entity})
            delete(session, JOB, {"about": entity})
    elif plan.tables:
        remember_removal(session, stamp.id, plan.pack, plan.tables)
    words = f"pack={plan.pack} data={'erased' if erase else 'kept'}"
    append(session, key, Act(from_micros(stamp.at), "uninstall", subject=words, address="console"))


def _erase_files(settings: Settings, entities: Sequence[str]) -> None:
    for entity in entities:
        shutil.rmtree(settings.data / "files" / entity, ignore_errors=True)
