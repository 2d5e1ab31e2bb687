"""`dougong wipe-demo`."""

from __future__ import annotations

import argparse
from functools import partial

from engine.cli.console import Console
from engine.cli.opening import writing
from engine.diagnostics import DougongError, Message
from engine.installation.demo import service_context
from engine.installation.wiping import DependentRows, Wiped, find_demonstration, wipe
from engine.runtime.audit import Act, append
from engine.runtime.settings import Settings
from engine.runtime.work import Work


class NotAgreed(DougongError):
    """Nobody agreed to the wipe."""

    code = "not_agreed"
    status = 409


def wipe_demo(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Remove the demonstration after somebody agreed. Raises NotAgreed, DependentRows."""
    with writing(settings) as installation:
        workplace = installation.workplace
        context = service_context(workplace, installation.clock.now(), settings.zone)
        found = workplace.read(context, find_demonstration)
        console.say(
            f"演示数据：{found.count} 条记录，{len(found.users)} 个账号({settings.data})",
            f"Demo data: {found.count} rows, {len(found.users)} accounts ({settings.data})",
        )
        if found.dependents and not given.dependents:
            raise DependentRows(found.dependents)
        for name, count in found.dependents.items():
            console.say(
                f"  其中真实账号建立的 {name}:{count} 条", f"  of them {name} rows made by real accounts: {count}"
            )
        if not given.yes:
            _ask(settings, console)
        removed = workplace.write(context, partial(_wipe, with_dependents=given.dependents))
    console.say(
        f"已清除：{removed.rows} 条记录，{removed.users} 个账号，{removed.units} 个单元(保留在用的 {removed.units_kept} 个)",
        f"Removed {removed.rows} rows, {removed.users} accounts, {removed.units} units ({removed.units_kept} in use stay)",
    )
    console.result(
        {"rows": removed.rows, "users": removed.users, "units": removed.units, "units_kept": removed.units_kept}
    )
    return 0


def _wipe(work: Work, with_dependents: bool) -> Wiped:
    removed = wipe(work, with_dependents)
    append(
        work.session, work.ids, Act(work.context.now, "wipe_demo", subject=f"rows={removed.rows}", address="console")
    )
    return removed


def _ask(settings: Settings, console: Console) -> None:
    """The name of the installation, typed. Raises NotAgreed."""
    console.say(
        f"这些数据将无法恢复。要继续，请输入安装的名称 {settings.name}:",
        f"This cannot be undone. To go on, type the name of the installation, {settings.name}:",
    )
    try:
        typed = "" if console.json else input("> ")
    except EOFError:
        typed = ""
    if typed.strip() != settings.name:
        raise NotAgreed(Message("名称不符，什么都没有删除", "That is not the name; nothing was removed"))
