"""The bypass suite: each case tried, and what it must leave looked for: nothing at a sink, the breaker open, a ticket, an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from bench.prove.bypass_ways import WAYS, Ended, cases_file
from bench.prove.bypass_world import World
from engine.runtime.audit import newest
from engine.runtime.database.protocol import Session
from engine.runtime.sovereignty.breaker import State
from engine.runtime.sovereignty.switches import ANY, switches
from engine.runtime.sovereignty.tickets import Ticket, open_tickets

NAMES = {"folder": "folder"}
"""What the destination of a case is called, where it is not the case's own name."""


@dataclass(frozen=True)
class Tried:
    """A case after it was tried: what is wrong (empty: nothing), or why it was not."""

    id: str
    wrong: str = ""
    skipped: str = ""


def cases() -> list[Mapping[str, object]]:
    """All cases, also those that are not built."""
    found = yaml.safe_load(cases_file().read_text("utf-8"))
    return list(found)


def tried(world: World, case: Mapping[str, object]) -> Tried:
    """Try a case."""
    name = str(case["id"])
    if "way" not in case:
        return Tried(name, skipped=str(case["why"]))
    before, tickets = world.leaked(), len(_tickets(world))
    ended = WAYS[str(case["way"])](world, case)
    if ended.skipped:
        return Tried(name, skipped=ended.skipped)
    faults = [
        *(["the sink has the canary"] if world.leaked() > before else []),
        *(["what had to be seen was not"] if not ended.held else []),
        *(_left(world, case, ended) if case["rule"] else _passed(world, ended, tickets)),
    ]
    return Tried(name, "; ".join(faults))


def _passed(world: World, ended: Ended, tickets: int) -> list[str]:
    """What is wrong with an honest exchange that had to pass."""
    refused = [f"refused as {ended.reason}"] if ended.reason else []
    return [*refused, *(["a ticket for nothing"] if len(_tickets(world)) > tickets else [])]


def _left(world: World, case: Mapping[str, object], ended: Ended) -> list[str]:
    """What a refusal did not leave as it must."""
    rule, name = str(case["rule"]), NAMES.get(str(case["way"]), str(case["id"]))
    found = []
    if ended.reason != rule:
        found.append(f"ended as {ended.reason or 'passed'}")
    if world.half in ended.words or not ended.words:
        found.append("words with a value, or none")
    if not any(_opened(world, name, str(case["opens"]))):
        found.append("no breaker open")
    if not any(one.fault.destination == name and one.fault.rule == rule for one in _tickets(world)):
        found.append("no ticket")
    if any(not one.owner.texts or one.due_at <= one.opened_at for one in _tickets(world)):
        found.append("a ticket without owner or due time")
    if not world.site.installation.database.read(lambda session: _entered(session, name, rule)):
        found.append("no entry of the audit log")
    return found


def _opened(world: World, name: str, what: str) -> list[bool]:
    every = world.site.installation.database.read(switches)
    return [
        one.standing.state is State.OPEN and (one.circuit.level == ANY) == (what == "destination")
        for one in every
        if one.circuit.destination == name
    ]


def _tickets(world: World) -> list[Ticket]:
    return list(world.site.installation.database.read(lambda session: open_tickets(session, 1000)))


def _entered(session: Session, name: str, rule: str) -> bool:
    wanted = f"destination={name} "
    return any(
        one.act.action == "egress" and wanted in one.act.subject and f"rule={rule}" in one.act.subject
        for one in newest(session, limit=100)
    )
