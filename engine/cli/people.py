"""`dougong user`."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.opening import writing
from engine.diagnostics import DougongError, Message
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Session
from engine.runtime.identity.administrators import NoAdministratorRole, administrator_roles
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.tickets import Purpose, end_tickets
from engine.runtime.identity.users import (
    NewUser,
    User,
    all_users,
    create_user,
    disable,
    hash_password,
    roles_of,
    set_password,
    user_by_account,
)
from engine.runtime.instants import to_micros
from engine.runtime.settings import Settings

Result = TypeVar("Result")


class NoSuchAccount(DougongError):
    """There is no account of that name."""

    code = "no_such_account"
    status = 404


def user(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Manage accounts."""
    with writing(settings) as installation:
        acts = {
            "list": _list,
            "create": _create,
            "password": _password,
            "disable": _able,
            "enable": _able,
            "token": _token,
        }
        acts[given.act](installation, given, console)
        return 0


def _list(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    found = installation.database.read(lambda session: [(one, roles_of(session, one.id)) for one in all_users(session)])
    for one, roles in found:
        console.line(f"{one.account:<20} {one.name}  {', '.join(roles)}{'  (disabled)' if one.disabled else ''}")
    console.result(
        [{"account": one.account, "name": one.name, "roles": roles, "disabled": one.disabled} for one, roles in found]
    )


def _create(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    roles = tuple(dict.fromkeys((*given.role, *(_administering(installation) if given.admin else ()))))
    unknown = [role for role in given.role if role not in installation.models.current().roles]
    if unknown:
        raise DougongError(Message(f"没有角色：{'、'.join(unknown)}", f"No such role: {', '.join(unknown)}"))
    hashed = hash_password(_new_password())
    created = to_micros(installation.clock.now())
    new = NewUser(
        installation.ids.next(), given.account or "", given.name or given.account or "", created, hashed, roles=roles
    )
    _write(installation, given, partial(_add, new=new))
    console.say(f"已创建 {given.account}", f"{given.account} created")
    console.result({"account": given.account})


def _add(session: Session, new: NewUser) -> None:
    create_user(session, new)
    end_tickets(session, Purpose.SET_UP)


def _administering(installation: Installation) -> tuple[str, ...]:
    """The roles that make an administrator. Raises NoAdministratorRole."""
    found = administrator_roles(installation.models.current())
    if not found:
        raise NoAdministratorRole
    return found


def _password(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    hashed = hash_password(_new_password())
    _write(installation, given, lambda session: set_password(session, _found(session, given.account).id, hashed))
    console.say("密码已更换，所有会话已结束", "Password changed; every session has ended")
    console.result({"account": given.account})


def _able(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    _write(
        installation,
        given,
        lambda session: disable(session, _found(session, given.account).id, given.act == "disable"),
    )
    console.say("已保存", "Saved")
    console.result({"account": given.account, "disabled": given.act == "disable"})


def _token(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    new = NewToken(installation.ids.next(), given.name or "cli", tuple(given.scope), timedelta(days=given.days))
    now = installation.clock.now()
    text = _write(installation, given, lambda session: make_token(session, _found(session, given.account), new, now))
    console.line(text)
    console.result({"token": text, "days": given.days})


def _write(installation: Installation, given: argparse.Namespace, act: Callable[[Session], Result]) -> Result:
    """Change accounts; who has the machine is not known to us, that it was done there is recorded."""
    done = Act(installation.clock.now(), "users", subject=f"act={given.act} account={given.account}", address="console")

    def unit(session: Session) -> Result:
        found = act(session)
        append(session, installation.workplace.ids, done)
        return found

    return installation.database.write(unit)


def _found(session: Session, account: str | None) -> User:
    user_found = user_by_account(session, account or "")
    if user_found is None:
        raise NoSuchAccount(Message(f"没有账号 {account}", f"There is no account {account}"))
    return user_found


def _new_password() -> str:
    """From DOUGONG_NEW_PASSWORD, or asked for without an echo."""
    return os.environ.get("DOUGONG_NEW_PASSWORD") or getpass.getpass("password: ")
