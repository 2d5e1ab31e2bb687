"""`dougong start` and `dougong serve`."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import uvicorn
from sqlglot import exp

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.cli.console import Console
from engine.installation.demo import load_demo, service_context
from engine.installation.reload import Reloader
from engine.runtime.database.statements import compile_statement
from engine.runtime.identity.users import all_users
from engine.runtime.settings import Settings
from engine.web.sessions import DEMO_PASSWORD


def start(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Set up what is missing, then serve in development with demo accounts."""
    chosen = replace(settings, demo=True, development=True)
    began = time.monotonic()
    console.say("→ 编译应用包", "→ compiling the packs")
    installation = open_installation(chosen)
    count = bring_up_to_date(installation, consent=True)
    if count:
        console.say(f"→ 数据库已更新:{count} 项", f"→ database brought up to date: {count} operations")
    if not has_users(installation):
        console.say("→ 生成演示数据(仅第一次)", "→ making demo data (first time only)")
        context = service_context(installation.workplace, installation.clock.now(), chosen.zone)
        load_demo(installation.workplace, context, chosen.seed, lambda text: console.line(f"   {text}"))
    _announce(installation, console, time.monotonic() - began)
    return _run(installation, console)


def serve(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Serve the installation as it is; migrations are applied by `dougong apply`."""
    installation = open_installation(settings)
    bring_up_to_date(installation)
    console.say(f"http://{settings.host}:{settings.port}", f"http://{settings.host}:{settings.port}")
    return _run(installation, console)


def has_users(installation: Installation) -> bool:
    count = compile_statement(
        exp.select(exp.Count(this=exp.Star())).from_("dougong_user"), installation.database.dialect
    )
    row = installation.database.read(lambda session: session.row(count))
    return row is not None and int(str(row[0])) > 0


def _announce(installation: Installation, console: Console, seconds: float) -> None:
    settings, model = installation.settings, installation.models.current()
    users = [user for user in installation.database.read(all_users) if user.demo]
    console.line("")
    console.say(
        f"斗拱已就绪({seconds:.1f} 秒):http://{settings.host}:{settings.port}",
        f"Dougong is ready ({seconds:.1f} s): http://{settings.host}:{settings.port}",
    )
    console.say(f"演示账号(密码都是 {DEMO_PASSWORD}):", f"Demo accounts (one password: {DEMO_PASSWORD}):")
    named = {person.name: person for demo in model.demos.values() for person in demo.people}
    for user in users:
        person = named.get(user.account)
        seat = person.seat if person else ""
        console.line(f"   {user.account:<16} {user.name}  {seat or ''}")
    console.line("")


def _run(installation: Installation, console: Console) -> int:
    settings = installation.settings
    reloader = Reloader(installation.models, installation.database, installation.ids, installation.clock, console.line)
    if settings.development:
        reloader.start()
    application = make_application(installation, reloader.stop if settings.development else None)
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    return 0
