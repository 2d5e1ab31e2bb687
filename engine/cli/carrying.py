"""`dougong upgrade` and `dougong promote`: changes of a whole installation, read first, then agreed to."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from engine.application import Installation, make_studio
from engine.cli.console import Console
from engine.cli.editions import own_context, tell_newer
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.installation.migration import migration_stamp, plan_lines
from engine.installation.promoting import difference_lines, plan_promotion
from engine.installation.promoting import promote as carry_over
from engine.installation.upgrading import UpgradePlan, merge_newer, newer_words, plan_upgrade
from engine.installation.upgrading import upgrade as carry_out
from engine.runtime.backup.last import last_backup
from engine.runtime.schema.operations import Operation
from engine.runtime.settings import Settings
from engine.runtime.workers import Workers

WHO = Message(
    "合并是某个人的操作：用 --by 写明账号，这个人可以在设计器里撤销",
    "A merge is somebody's act: name the account with --by; they can take it back in the designer",
)
UPGRADE_FIRST = Message(
    "先升级数据库(dougong upgrade --yes)，再合并", "Upgrade the database first (dougong upgrade --yes), then merge"
)


class CannotMerge(DougongError):
    """A newer edition cannot be taken in as the command was given."""

    code = "cannot_merge"
    status = 422


def upgrade(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Show what the upgrade does; with --yes carry it out."""
    with opened(settings) as installation:
        model, database = installation.models.current(), installation.database
        stamp = migration_stamp(model, installation.ids, installation.clock)
        plan = plan_upgrade(database, model, stamp)
        _tell_upgrade(plan, console)
        done = given.yes and not plan.empty
        emptied = carry_out(database, model, plan, stamp, given.consent) if done else 0
        if done:
            console.say(
                "已升级。要撤销：先 dougong revert，再装回旧版本；或从备份恢复(dougong restore)",
                "Upgraded. To undo: dougong revert, then install the old release; or restore a backup (dougong restore)",
            )
        elif not plan.empty:
            _say_backup(settings, console)
        if given.merge and not done and not plan.empty:
            raise CannotMerge(UPGRADE_FIRST)
        merged = _merged(given, installation, console) if given.merge else None
        found = tell_newer(installation, console)
        console.result(
            {
                "from": plan.since,
                "to": plan.until,
                "own": _words(plan.own, console),
                "definitions": _words(plan.definitions, console),
                "destructive": _words(plan.schema.destructive, console),
                "upgraded": done,
                "emptied": emptied,
                "editions": [
                    {"pack": one.pack, "updates": one.places, "conflicts": one.waiting, "words": newer_words(one).en}
                    for one in found
                ],
                "merged": merged,
            }
        )
        return 0


def _merged(given: argparse.Namespace, installation: Installation, console: Console) -> str:
    """Take the newer edition of a pack into the draft; the pack."""
    if not given.by:
        raise CannotMerge(WHO)
    context = own_context(installation)
    done = merge_newer(installation.workplace, make_studio(installation, Workers()), given.merge, given.by, context)
    console.say(
        f"{done.zh}：在草稿里，查看后在设计器发布；{given.by} 可以在设计器里撤销",
        f"{done.en}: it is in the draft; look at it and publish it in the designer, where {given.by} can take it back",
    )
    return str(given.merge)


def _tell_upgrade(plan: UpgradePlan, console: Console) -> None:
    since = plan.since or ("更早的版本" if console.language == "zh" else "an earlier release")
    if plan.empty:
        console.say(f"已经是 {plan.until}，没有要做的", f"This is {plan.until} already; nothing to do")
        return
    console.say(f"从 {since} 升级到 {plan.until}", f"Upgrade from {since} to {plan.until}")
    console.say("系统自己的表：", "The engine's own tables:")
    for line in _words(plan.own, console) or ["—"]:
        console.line(f"  {line}")
    console.say("应用的表：", "The application's tables:")
    for line in _words(plan.definitions, console) or ["—"]:
        console.line(f"  {line}")


def _say_backup(settings: Settings, console: Console) -> None:
    last = last_backup(settings.data)
    when = last.at.isoformat(timespec="minutes") if last else ("从未" if console.language == "zh" else "never")
    console.say(
        f"上次备份：{when}。先 dougong backup，再 dougong upgrade --yes(停用数据的步骤还要 --consent)",
        f"Last backup: {when}. Make one with dougong backup, then dougong upgrade --yes (steps that retire data also take --consent)",
    )


def _words(operations: Sequence[Operation], console: Console) -> list[str]:
    return [f"{'!' if one.destructive else '+'} {one.describe().text(console.language)}" for one in operations]


def promote(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Show what carrying the definitions over changes; with --yes carry them over."""
    with opened(settings) as installation:
        stamp = migration_stamp(installation.models.current(), installation.ids, installation.clock)
        plan = plan_promotion(settings, installation.database, installation.models, given.source, stamp)
        lines = difference_lines(plan, console.language)
        for line in lines:
            console.line(line)
        migration = plan_lines(plan.schema, installation.database, console.language, given.sql)
        if migration:
            console.say("数据库：", "The database:")
        for line in migration:
            console.line(f"  {line}")
        if plan.empty:
            console.say("定义相同，没有要做的", "The definitions are the same; nothing to do")
        done = given.yes and not plan.empty
        kept = str(carry_over(settings, installation.workplace, plan, stamp, given.consent)) if done else ""
        _say_promoted(kept, plan.empty, console)
        console.result(
            {
                "difference": lines,
                "migration": _words(plan.schema.operations, console),
                "destructive": _words(plan.schema.destructive, console),
                "promoted": done,
                "replaced": kept,
            }
        )
        return 0


def _say_promoted(kept: str, empty: bool, console: Console) -> None:
    if kept:
        console.say(
            f"已切换到新的定义，重启服务后生效。旧的定义在 {kept}；要退回:dougong promote {kept} --yes --consent",
            f"The new definitions are in place and serve after a restart. The old ones are in {kept}; "
            f"to go back: dougong promote {kept} --yes --consent",
        )
    elif not empty:
        console.say(
            "什么都没有改动。同意后加 --yes(停用数据的步骤还要 --consent)",
            "Nothing was changed. Agree with --yes (steps that retire data also take --consent)",
        )
