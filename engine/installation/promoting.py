"""Promoting: definitions carried from one installation into another as a plan: compared in words, rehearsed, swapped, kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.installation.migration import carry_out, plan_migration
from engine.installation.served import SHIPPED, DoesNotCompile, ServedModel, pack_folders, packs_under
from engine.model.app import AppModel, ModelDiff, compare
from engine.model.entities import Entity
from engine.model.names import NO_LABEL, Label, ResourceName
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Database
from engine.runtime.instants import from_micros
from engine.runtime.schema.executor import ConsentNeeded, Stamp, rehearse
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.settings import Settings
from engine.runtime.stores import REPLACED
from engine.runtime.work import Workplace

IGNORED = shutil.ignore_patterns("__pycache__", ".*", "*~", "*.tmp", "*.swp")
KINDS = {
    "entities": Message("实体", "entity"),
    "roles": Message("角色", "role"),
    "access": Message("权限", "access"),
    "units": Message("单元类型", "kind of unit"),
    "forms": Message("表单", "form"),
    "pages": Message("页面", "page"),
    "dashboards": Message("看板", "dashboard"),
    "metrics": Message("指标", "metric"),
    "workflows": Message("流程", "workflow"),
    "sources": Message("数据源", "source"),
    "destinations": Message("目的地", "destination"),
    "channels": Message("通知渠道", "channel"),
    "rules": Message("规则", "rule"),
    "duties": Message("每日必填", "duty"),
    "alerts": Message("异常预警", "alert"),
    "documents": Message("文档", "document"),
    "maps": Message("决策链图", "decision-chain map"),
    "knowledge": Message("知识图谱", "knowledge graph"),
    "policies": Message("策略", "policy"),
    "texts": Message("译文", "texts"),
    "pack": Message("应用包", "pack"),
    "tests": Message("测试", "tests"),
    "demo": Message("演示数据", "demo data"),
}


class CannotPromote(DougongError):
    """The definitions cannot be carried over; the message says why and what helps."""

    code = "cannot_promote"
    status = 409


@dataclass(frozen=True, slots=True)
class Carried:
    """A pack that is carried over: where it comes from and where it goes."""

    name: str
    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Promotion:
    """What changes when the definitions of `packs` are carried over, and what the database needs for it."""

    packs: tuple[Carried, ...]
    old: AppModel
    new: AppModel
    difference: ModelDiff
    schema: SchemaPlan

    @property
    def empty(self) -> bool:
        return self.difference.empty and self.schema.empty


def plan_promotion(
    settings: Settings, database: Database, current: ServedModel, source: Path, stamp: Stamp
) -> Promotion:
    """Compare the packs under `source` with the installed ones. Packs that `source` does not have stay as they are.

    Raises CannotPromote, DoesNotCompile, NewerDatabase.
    """
    found = [one for one in packs_under(source) if (one / "pack.yaml").is_file()]
    if not found:
        raise CannotPromote(Message(f"{source} 里没有应用包", f"There is no pack in {source}"))
    installed = {one.name: one for one in pack_folders(settings.packs)}
    carried = tuple(Carried(one.name, one, _target(one, installed, settings)) for one in found)
    names = {one.name for one in carried}
    compiled = ServedModel(
        [one.source for one in carried] + [path for name, path in installed.items() if name not in names]
    )
    compilation = compiled.compile()
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    old, new = current.current(), compilation.model
    return Promotion(carried, old, new, compare(old, new), plan_migration(database, new, stamp))


def _target(source: Path, installed: dict[str, Path], settings: Settings) -> Path:
    target = installed.get(source.name, next(iter(installed.values())).parent / source.name)
    if target.resolve().is_relative_to(SHIPPED.resolve()):
        raise CannotPromote(
            Message(
                "这个安装使用自带的应用包，不能被覆盖；先把应用包放到自己的文件夹，用 DOUGONG_PACKS 指出",
                "This installation serves the shipped packs, which are not overwritten; give it a folder of its own with DOUGONG_PACKS",
            )
        )
    if target.resolve() == source.resolve():
        raise CannotPromote(Message("来源就是这个安装自己的应用包", "These are the installation's own packs"))
    if not os.access(target.parent, os.W_OK):
        raise CannotPromote(Message(f"不能写入 {target.parent}", f"{target.parent} cannot be written to"))
    return target


def promote(settings: Settings, workplace: Workplace, plan: Promotion, stamp: Stamp, consent: bool) -> Path:
    """Rehearse, put the new definitions in the place of the old, migrate; where the old ones are kept.

    Raises what applying raises; then definitions and database are as they were.
    """
    if plan.schema.destructive and not consent:
        raise ConsentNeeded(plan.schema.destructive)
    if not plan.schema.empty:
        rehearse(workplace.database, plan.schema)
    kept = settings.data / REPLACED / str(stamp.id)
    swapped: list[Carried] = []
    try:
        for one in plan.packs:
            _swap(one, kept)
            swapped.append(one)
        carry_out(workplace.database, plan.new, plan.schema, stamp, consent)
    except BaseException:
        for one in reversed(swapped):
            _swap_back(one, kept)
        raise
    act = Act(
        from_micros(stamp.at),
        "promote",
        subject=f"from={plan.old.fingerprint[:12]} to={plan.new.fingerprint[:12]}",
        address="console",
    )
    workplace.database.write(lambda session: append(session, workplace.key, act))
    return kept


def _swap(one: Carried, kept: Path) -> None:
    """The new folder is whole beside the old one before it takes its place."""
    coming = one.target.with_name(f".{one.name}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    shutil.copytree(one.source, coming, ignore=IGNORED)
    if one.target.exists():
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(one.target, kept / one.name)
        going = one.target.with_name(f".{one.name}.going")
        shutil.rmtree(going, ignore_errors=True)
        one.target.rename(going)
        coming.rename(one.target)
        shutil.rmtree(going)
    else:
        coming.rename(one.target)


def _swap_back(one: Carried, kept: Path) -> None:
    shutil.rmtree(one.target)
    if (kept / one.name).exists():
        shutil.copytree(kept / one.name, one.target)


def difference_lines(plan: Promotion, language: str) -> list[str]:
    """The difference of two models in words: what comes, goes, changes, of entities also which fields."""
    lines = [f"+ {_named(plan.new, one, language)}" for one in plan.difference.added]
    lines += [f"- {_named(plan.old, one, language)}" for one in plan.difference.removed]
    for one in plan.difference.modified:
        lines.append(f"~ {_named(plan.new, one, language)}")
        if one.kind == "entities":
            changes = field_changes(plan.old.entities[one.name], plan.new.entities[one.name])
            lines += [f"    {words.text(language)}" for words in changes]
    return lines


def _named(model: AppModel, one: ResourceName, language: str) -> str:
    kind = KINDS[one.kind].text(language) if one.kind in KINDS else one.kind
    label = _label(model, one).text(language)
    return f"{kind} {label} ({one.name})" if label else f"{kind} {one.name}"


def _label(model: AppModel, one: ResourceName) -> Label:
    match one.kind:
        case "entities":
            return model.entities[one.name].label
        case "roles":
            return model.roles[one.name].label
        case "pages" | "dashboards" if one.name in model.pages:
            return model.pages[one.name].label
        case "metrics":
            return model.metrics[one.name].label
        case _:
            return NO_LABEL


def field_changes(old: Entity, new: Entity) -> Iterator[Message]:
    """Which fields of an entity come, go, or are declared otherwise."""
    for name in _sorted(set(new.fields) - set(old.fields)):
        was = new.fields[name].renamed_from
        if was in old.fields:
            yield Message(f"字段 {was} 改名为 {name}", f"field {was} is called {name} now")
        else:
            yield Message(f"新增字段 {name}", f"new field {name}")
    renamed = {one.renamed_from for one in new.fields.values()}
    for name in _sorted(set(old.fields) - set(new.fields) - renamed):
        yield Message(f"去掉字段 {name}(数据保留，可恢复)", f"field {name} goes (its data is kept and can come back)")
    for name in _sorted(set(old.fields) & set(new.fields)):
        before, after = old.fields[name], new.fields[name]
        if before.kind is not after.kind:
            yield Message(
                f"字段 {name}:{before.kind} 改为 {after.kind}", f"field {name}: {before.kind} becomes {after.kind}"
            )
        elif replace(before, place=after.place) != after:
            yield Message(f"字段 {name} 的定义有变", f"field {name} is declared otherwise")


def _sorted(names: set[str]) -> Sequence[str]:
    return sorted(names)
