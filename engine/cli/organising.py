"""`dougong organisation plan`: a new organisation tried on the one there is, published when nothing breaks."""

from __future__ import annotations

import argparse

from engine.application import Installation, bring_up_to_date
from engine.cli.console import Console
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.installation.demo import service_context
from engine.runtime.audit import Act, append
from engine.runtime.identity.users import all_users
from engine.runtime.reorganising.changes import parse_changes
from engine.runtime.reorganising.minimal import minimal_units
from engine.runtime.reorganising.simulation import Simulated, publish, simulate
from engine.runtime.settings import Settings
from engine.runtime.work import Work


def organisation(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Try a plan, or publish it; 1 when it would break something. `minimal` writes a plan to begin with."""
    if given.act == "minimal":
        return _write_minimal(given, settings, console)
    try:
        changes = parse_changes(given.file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DougongError(
            Message(
                f"读不了 {given.file}:需要 UTF-8 文本文件", f"Cannot read {given.file}: a text file in UTF-8 is needed"
            )
        ) from error
    with opened(settings) as installation:
        bring_up_to_date(installation)
        context = service_context(installation.workplace, installation.clock.now(), settings.zone)

        def act(work: Work) -> tuple[Simulated, dict[int, str]]:
            found = simulate(work, changes)
            if given.publish and not found.problems:
                publish(work, changes)
                append(work.session, work.ids, Act(context.now, "reorganisation"))
            return found, {user.id: user.account for user in all_users(work.session)}

        found, accounts = installation.workplace.write(context, act)
        _say(installation, given, console, found, accounts)
        return 1 if found.problems else 0


def _write_minimal(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    with opened(settings) as installation:
        bring_up_to_date(installation)
        context = service_context(installation.workplace, installation.clock.now(), settings.zone)
        given.file.write_text(installation.workplace.read(context, minimal_units) + "\n", "utf-8")
    console.say(f"已写入 {given.file}", f"written to {given.file}")
    return 0


def _say(
    installation: Installation,
    given: argparse.Namespace,
    console: Console,
    found: Simulated,
    accounts: dict[int, str],
) -> None:
    for one in found.rights:
        gained = " ".join(f"+{name}" for name in sorted(one.gained))
        lost = " ".join(f"-{name}" for name in sorted(one.lost))
        units = f"+{len(one.units_gained)} -{len(one.units_lost)} 单元/units"
        console.line(f"  {accounts[one.user]:<20} {gained} {lost} {units}")
    for problem in found.problems:
        console.say(f"✗ {problem.words.zh} ({problem.count})", f"✗ {problem.words.en} ({problem.count})")
    if not found.problems:
        done_zh, done_en = ("已发布", "published") if given.publish else ("可以发布", "may be published")
        console.say(f"✓ 没有问题，{done_zh}", f"✓ no problems, {done_en}")
    console.result(
        {
            "problems": [{"kind": one.kind, "message": one.words.en, "count": one.count} for one in found.problems],
            "rights": [
                {"account": accounts[one.user], "gained": sorted(one.gained), "lost": sorted(one.lost)}
                for one in found.rights
            ],
            "published": bool(given.publish and not found.problems),
        }
    )
