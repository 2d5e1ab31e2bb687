"""`dougong start` and `dougong serve`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from types import FrameType

import uvicorn
from sqlglot import exp

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.cli.console import Console
from engine.cli.editions import tell_newer
from engine.diagnostics import Message
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.demo_models import order_demo_models
from engine.installation.reload import Reloader
from engine.model.context import Context
from engine.runtime.database.statements import compile_statement
from engine.runtime.identity.administrators import NoAdministratorRole, administrator_roles
from engine.runtime.identity.tickets import make_set_up_code
from engine.runtime.identity.users import all_users, vacant
from engine.runtime.modeling.schooling import trainable
from engine.runtime.settings import BadSetting, Origin, Settings
from engine.web.patience import patient_protocol
from engine.web.sessions import DEMO_PASSWORD


def start(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Set up what is missing, then serve in development with demo accounts."""
    sources = {**settings.sources, "demo": Origin.FLAG, "development": Origin.FLAG}
    chosen = replace(settings, demo=True, development=True, sources=sources)
    if given.demo is not None:
        chosen = replace(chosen, demo_size=given.demo, sources={**sources, "demo_size": Origin.FLAG})
    began = time.monotonic()
    console.say("→ 编译应用包", "→ compiling the packs")
    installation = open_installation(chosen)
    check_second_factor_roles(installation)
    count = bring_up_to_date(installation, consent=True)
    if count:
        console.say(f"→ 数据库已更新：{count} 项", f"→ database brought up to date: {count} operations")
    tell_newer(installation, console)
    if not has_users(installation):
        console.say("→ 生成演示数据(仅第一次)", "→ making demo data (first time only)")
        context = service_context(installation.workplace, installation.clock.now(), chosen.zone)
        order = DemoOrder(chosen.seed, chosen.demo_size == "full")
        load_demo(installation.workplace, context, order, lambda text: console.line(f"   {text}"))
        _order_models(installation, context, console)
    _announce(installation, console, time.monotonic() - began)
    return _run(installation, console)


def _order_models(installation: Installation, context: Context, console: Console) -> None:
    """The demonstration's models are learnt while it serves; without the libraries it is said how to get them."""
    if not trainable():
        console.say(
            "→ 未安装训练组件,演示没有模型:pip install 'dougong[train]'",
            "→ nothing is installed that trains, so the demonstration has no models: pip install 'dougong[train]'",
        )
        return
    ordered = installation.workplace.write(context, order_demo_models)
    if ordered:
        names = ", ".join(ordered)
        console.say(
            f"→ 后台训练演示用的模型,一两分钟后可用:{names}",
            f"→ learning the demonstration's models meanwhile, there in a minute or two: {names}",
        )


def serve(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Serve the installation as it is; migrations are applied by `dougong apply`."""
    installation = open_installation(settings)
    check_second_factor_roles(installation)
    bring_up_to_date(installation)
    console.say(f"http://{settings.host}:{settings.port}", f"http://{settings.host}:{settings.port}")
    tell_newer(installation, console)
    offer_set_up(installation, console)
    return _run(installation, console)


def offer_set_up(installation: Installation, console: Console) -> None:
    """While nobody can sign in: a code on the terminal, with which the start page makes the administrator."""
    settings, now = installation.settings, installation.clock.now()
    if not installation.database.read(lambda session: vacant(session, settings.demo)):
        return
    if not administrator_roles(installation.models.current()):
        words = NoAdministratorRole().message
        console.say(words.zh, words.en)
        return
    code = installation.database.write(lambda session: make_set_up_code(session, now))
    console.say(
        f"还没有管理员。打开上面的地址，用这个设置码建立(用后即失效):{code}",
        f"There is no administrator yet. Open the address above and make one with this code (good once): {code}",
    )


def check_second_factor_roles(installation: Installation) -> None:
    """A role that does not exist would silently demand nothing. Raises BadSetting."""
    unknown = sorted(installation.settings.second_factor_roles - set(installation.models.current().roles))
    if unknown:
        listed = ", ".join(unknown)
        raise BadSetting(
            Message(
                f"DOUGONG_REQUIRE_SECOND_FACTOR 里没有这些角色：{listed}",
                f"DOUGONG_REQUIRE_SECOND_FACTOR names no such roles: {listed}",
            )
        )


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
    if not installation.database.reserve(settings.ballast):
        console.say(
            "! 磁盘空间不足，没有为磁盘写满预留空间(DOUGONG_BALLAST)",
            "! The disk has too little room to keep some for the day it is full (DOUGONG_BALLAST)",
        )
    reloader = Reloader(installation.models, installation.workplace, installation.clock, settings.zone, console.line)
    if settings.development:
        reloader.start()
    application = make_application(installation, reloader.stop if settings.development else None)
    signal.signal(signal.SIGTERM, _leave)
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port,
        http=patient_protocol(settings.request_patience),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    return 0


def _leave(number: int, frame: FrameType | None) -> None:
    """Asked to end, which uvicorn passes on once the requests under way are answered: that is an end like any other."""
    sys.exit(0)
