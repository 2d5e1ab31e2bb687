"""Uninstalling: a pack leaves; its data is kept for its return or erased, as is chosen. A plan that is read first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.installation.migration import carry_out, plan_migration
from engine.installation.removal_mark import (
    Recording,
    RemovalMark,
    end_removal,
    note,
    set_aside,
    sole_remover,
    take_back,
)
from engine.installation.served import DoesNotCompile, ServedModel, is_shipped, shipped_folder
from engine.model.app import AppModel
from engine.runtime.audit_chain.earlier import record
from engine.runtime.measuring import count_rows
from engine.runtime.schema.executor import Stamp
from engine.runtime.schema.operations import BuryColumn, BuryTable
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.sealing.moving import mover_of
from engine.runtime.settings import Settings
from engine.runtime.stores import REPLACED
from engine.runtime.work import Workplace


class CannotUninstall(DougongError):
    """The pack cannot leave; the message says why and what helps."""

    code = "cannot_uninstall"
    status = 409


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

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What the pack had added to entities of others."""
        buried = [one for one in self.schema.operations if isinstance(one, BuryColumn)]
        return tuple((one.table, one.column.name) for one in buried if one.table in self.model.entities)


def plan_removal(settings: Settings, workplace: Workplace, models: ServedModel, pack: str, stamp: Stamp) -> Removal:
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
    if is_shipped(folders[pack], shipped_folder(settings)):
        raise CannotUninstall(
            Message(
                "自带的应用包不在这里移除；用 DOUGONG_PACKS 指出要使用的应用包",
                "A shipped pack is not removed; name the packs to serve with DOUGONG_PACKS",
            )
        )
    if (shipped_folder(settings) / pack).exists():
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
    schema = plan_migration(workplace.database, compilation.model, stamp, mover=mover_of(workplace.vault))
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

    Raises RemovalUnderWay, and what applying raises; then everything is as it was. A process that is killed meanwhile leaves
    a mark, by which the next start ends the removal or undoes it.
    """
    mark = _mark(settings, plan, stamp, erase)
    with sole_remover(settings.data):
        note(settings.data, mark)
        try:
            set_aside(mark)
            carry_out(workplace.database, plan.model, plan.schema, stamp, consent=True)
        except BaseException:
            take_back(settings.data, workplace.database, mark)
            raise
        end_removal(settings.data, workplace.database, _recording(workplace), mark)
    return Path(mark.kept)


def _mark(settings: Settings, plan: Removal, stamp: Stamp, erase: bool) -> RemovalMark:
    return RemovalMark(
        migration=stamp.id,
        at=stamp.at,
        pack=plan.pack,
        folder=str(plan.folder.absolute()),
        kept=str((settings.data / REPLACED / str(stamp.id) / plan.pack).absolute()),
        erase=erase,
        entities=tuple(name for name, _ in plan.entities),
        fields=plan.fields,
        tables=plan.tables,
    )


def _recording(workplace: Workplace) -> Recording:
    return lambda session, act: record(session, workplace.ids, workplace.key, act)
