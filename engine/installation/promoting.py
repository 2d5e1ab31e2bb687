"""Promoting: definitions carried from one installation into another as a plan: compared in words, rehearsed, swapped, kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.differences.editions import Edition
from designer.differences.resources import difference
from designer.differences.said import Difference, Effect
from designer.upgrading.bases import keep_edition, record_base
from engine.diagnostics import DougongError, Message
from engine.installation.migration import carry_out, plan_migration
from engine.installation.publishing.staging import live_texts
from engine.installation.served import (
    IGNORED,
    WIDGETS,
    DoesNotCompile,
    ServedModel,
    installed_packs,
    is_shipped,
    own_packs_folder,
    packs_under,
    shipped_folder,
)
from engine.model.app import AppModel
from engine.model.version import product_version
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Database, Session
from engine.runtime.instants import from_micros
from engine.runtime.nodes.registry import node_specs
from engine.runtime.schema.executor import ConsentNeeded, Stamp, rehearse
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.settings import Settings
from engine.runtime.stores import REPLACED
from engine.runtime.work import Workplace
from engine.widgets.registry import read_widgets

MARKS = {Effect.ADDED: "+", Effect.REMOVED: "-"}


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
    difference: Difference
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
    installed = {one.name: one for one in installed_packs(settings)}
    carried = tuple(Carried(one.name, one, _target(one, installed, settings)) for one in found)
    names = {one.name for one in carried}
    compiled = ServedModel(
        [one.source for one in carried] + [path for name, path in installed.items() if name not in names]
    )
    compilation = compiled.compile()
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    widgets, nodes = read_widgets(WIDGETS), node_specs()
    old = Edition(current.current(), current.compiler.documents(), widgets, nodes)
    new = Edition(compilation.model, compilation.documents, widgets, nodes)
    schema = plan_migration(database, new.model, stamp)
    return Promotion(carried, old.model, new.model, difference(old, new), schema)


def _target(source: Path, installed: dict[str, Path], settings: Settings) -> Path:
    target = installed.get(source.name, next(iter(installed.values())).parent / source.name)
    if is_shipped(target, shipped_folder(settings)):
        target = own_packs_folder(settings.data) / source.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
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
    shipped = [shipped_folder(settings) / one.name for one in plan.packs if not one.target.exists()]
    copied = [folder for folder in shipped if folder.is_dir()]
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
    workplace.database.write(lambda session: _record(session, workplace, copied, act))
    return kept


def _record(session: Session, workplace: Workplace, copied: Sequence[Path], act: Act) -> None:
    """The audit entry; the shipped packs in whose place others stand from now on are what these come from."""
    for folder in copied:
        known = keep_edition(session, product_version(), live_texts([folder]))
        record_base(session, workplace.ids.next(), folder.name, known)
    append(session, workplace.ids, act)


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
    """The difference of two models in words: the sentence that sums it up, then what comes, goes, changes, and how."""
    lines = [] if plan.difference.empty else [plan.difference.headline.text(language)]
    for one in plan.difference.resources:
        lines.append(f"{MARKS.get(one.effect, '~')} {one.name.text(language)}")
        lines += [f"    {line.words.text(language)}" for line in one.lines]
    return lines
