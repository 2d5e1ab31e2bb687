"""`dougong egress`: how the breakers stand, the kill switch, a drill. Closing takes two people, on the board."""

from __future__ import annotations

import argparse

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.opening import writing
from engine.diagnostics import Message
from engine.installation.demo import service_context
from engine.runtime.database.errors import DatabaseUnavailable
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.breaker import State
from engine.runtime.sovereignty.egress import EgressGate, gate_of
from engine.runtime.sovereignty.guarding import kill, reason_of, words_of
from engine.runtime.sovereignty.kill_mark import KILLED, lay_mark
from engine.runtime.sovereignty.rules import REASONS
from engine.runtime.sovereignty.switches import switches
from engine.runtime.sovereignty.tickets import open_tickets
from engine.runtime.sovereignty.trials import drill


def egress(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act: 0 well; 1 where a drill did not hold or the act was refused."""
    if given.act == "kill":
        return _kill(settings, console, given.reason)
    with writing(settings) as installation:
        gate = gate_of(installation.workplace, installation.clock, settings.authorities)
        return _drill(gate, installation, settings, console) if given.act == "drill" else _status(gate, console)


def _kill(settings: Settings, console: Console, reason: str) -> int:
    """In the rows where the database can be had; else by a mark that the server's gate heeds at its next attempt."""
    grounds = reason_of(reason)
    try:
        with writing(settings) as installation:
            context = service_context(installation.workplace, installation.clock.now(), settings.zone)
            installation.workplace.write(context, lambda work: kill(work, grounds))
        way = "rows"
    except DatabaseUnavailable:
        lay_mark(settings.data, grounds)
        way = KILLED
    console.say(
        "一切外发已停止；恢复须在断路器看板上由一人申请、另一人批准",
        "Nothing leaves any more; one person asks and another agrees on the breaker board before it goes on",
    )
    console.result({"killed": True, "by": way})
    return 0


def _status(gate: EgressGate, console: Console) -> int:
    found = gate.database.read(switches)
    tickets = gate.database.read(open_tickets)
    unrest = [one for one in found if one.standing.state is not State.CLOSED]
    for one in unrest:
        why = REASONS.get(one.standing.reason, Message("", "")).text(console.language)
        console.line(f"✗ {words_of(one.circuit, console.language)}: {one.standing.state.value} {why}")
    console.say(
        f"断开 {len(unrest)} 个，待整改 {len(tickets)} 件",
        f"{len(unrest)} breakers not closed, {len(tickets)} tickets open",
    )
    console.result(
        {
            "breakers": [
                {
                    "destination": one.circuit.destination,
                    "purpose": one.circuit.purpose,
                    "level": one.circuit.level,
                    "state": one.standing.state.value,
                    "reason": one.standing.reason,
                }
                for one in found
            ],
            "tickets": [
                {
                    "rule": one.fault.rule,
                    "destination": one.fault.destination,
                    "owner": dict(one.owner.texts),
                    "due": one.due_at.isoformat(),
                    "times": one.times,
                }
                for one in tickets
            ],
        }
    )
    return 0


def _drill(gate: EgressGate, installation: Installation, settings: Settings, console: Console) -> int:
    context = service_context(installation.workplace, installation.clock.now(), settings.zone)
    steps = drill(gate, context)
    for one in steps:
        console.line(f"{'✓' if one.held else '✗'} {one.what.text(console.language)} · {one.milliseconds:.0f} ms")
    console.result({"held": all(one.held for one in steps), "milliseconds": max(one.milliseconds for one in steps)})
    return 0 if all(one.held for one in steps) else 1
