"""`dougong retired`: what migrations took out of use and the database still has: listed, put back, deleted for good."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from engine.cli.console import Console
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.runtime.audit import Act
from engine.runtime.audit_chain.earlier import record
from engine.runtime.schema.tombstones import Tombstone, purge_named, restore, tombstones
from engine.runtime.settings import Settings


class NothingRetired(DougongError):
    """Nothing that was retired has this name, or several things have it."""

    code = "nothing_retired"


def retired(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """List what is retired, or put one back, or delete one for good with --yes."""
    with opened(settings) as installation:
        database = installation.database
        found = database.write(tombstones)
        if given.restore:
            count = restore(database, _one(found, given.restore))
            console.say(f"{count} 行取回了值", f"{count} rows got their values back")
            console.result({"restored": count})
        elif given.purge and given.yes:
            gone = purge_named(database, _one(found, given.purge))
            done = Act(installation.clock.now(), "purge", subject=_name(gone), address="console")
            ids, key = installation.ids, installation.workplace.key
            database.write(lambda session: record(session, ids, key, done))
            console.say(f"已彻底删除 {_name(gone)}", f"{_name(gone)} is deleted for good")
            console.result({"purged": _name(gone)})
        else:
            _list([_one(found, given.purge)] if given.purge else found, console, settings.zone)
            if given.purge:
                console.say(
                    "加上 --yes 才会彻底删除，之后不能再撤销", "--yes deletes it for good; no revert after that"
                )
        return 0


def _one(found: tuple[Tombstone, ...], name: str) -> Tombstone:
    """What is called so: as it was called in use, or as it is kept now. Raises NothingRetired."""
    meant = [one for one in found if name in {_name(one), one.column or one.table}]
    if len(meant) == 1:
        return meant[0]
    kept = "、".join(one.column or one.table for one in meant)
    if meant:
        raise NothingRetired(Message(f"{name} 停用过几次，写出是哪一个：{kept}", f"Name one of: {kept}"))
    raise NothingRetired(
        Message(
            f"没有停用的 {name}；dougong retired 列出全部",
            f"Nothing retired is called {name}; dougong retired lists all",
        )
    )


def _name(one: Tombstone) -> str:
    """What it was called in use: table, or table and column; as it is kept where that is not known."""
    if one.column is None:
        return one.name or one.table
    return f"{one.table}.{one.name or one.column}"


def _list(found: list[Tombstone] | tuple[Tombstone, ...], console: Console, zone: str) -> None:
    for one in found:
        since = _day(one.retired_at, zone)
        console.line(f"{_name(one)}  {since}  {one.column or one.table}")
    if not found:
        console.say("没有停用的数据", "Nothing is retired")
    console.result(
        [{"name": _name(one), "since": _day(one.retired_at, zone), "kept_as": one.column or one.table} for one in found]
    )


def _day(micros: int | None, zone: str) -> str:
    if micros is None:
        return "-"
    return datetime.fromtimestamp(micros / 1_000_000, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
