"""Trials: what is tried without a byte of a record: probes of a half-open breaker, re-tests of tickets, drills."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from engine.diagnostics import Message
from engine.extensions import EgressRefused, EgressRequest
from engine.model.context import Context
from engine.model.names import NO_LABEL, Place
from engine.model.payloads import Payload
from engine.model.sources import Destination
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Session
from engine.runtime.moments import remember_moment
from engine.runtime.sovereignty.breaker import State
from engine.runtime.sovereignty.cargo import FILES
from engine.runtime.sovereignty.decision import HTTP, Block, Circumstances, decide_egress
from engine.runtime.sovereignty.egress import DATABASES, MAIL, EgressGate
from engine.runtime.sovereignty.rules import REASONS
from engine.runtime.sovereignty.switches import EVERYTHING, Circuit, circuit_of, forget, switch_of
from engine.runtime.sovereignty.tickets import Fault, Ticket, close, open_tickets

DRILL = "drill"
"""The name that a drill sends to: no definition may declare it, and nothing ever went there."""
MOMENT = "egress_drill"
EVERY_SCHEME = HTTP | DATABASES | MAIL | FILES
_HERE = Destination(
    "trial", NO_LABEL, Place("engine", "", 0), "https", "trial.invalid", 443, purposes=frozenset({"trial"})
)
_ASKED = EgressRequest("trial", "GET", "/", "trial")
_MUST_BE_REFUSED = (
    (None, _ASKED),
    (_HERE, replace(_ASKED, level="G4")),
    (_HERE, replace(_ASKED, purpose="other")),
    (replace(_HERE, jurisdiction="US", max_level="G2"), replace(_ASKED, level="G2")),
    (replace(_HERE, scheme="http"), _ASKED),
    (_HERE, replace(_ASKED, path="//elsewhere")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a drill looked at: whether it was as it must be, and after how many milliseconds."""

    what: Message
    held: bool
    milliseconds: float


def probe(gate: EgressGate, context: Context, circuit: Circuit) -> str:
    """One synthetic probe of a breaker; the reason why it did not pass, or nothing.

    Of a destination: it answers as it is declared. Of the kill switch: the gate refuses what it must, and lets pass what
    it may.
    """
    if circuit != EVERYTHING:
        return gate.probe(context, circuit.destination)
    leaks = any(not isinstance(decide_egress(one, asked), Block) for one, asked in _MUST_BE_REFUSED)
    blocks = isinstance(decide_egress(_HERE, _ASKED), Block)
    return "probe" if leaks or blocks else ""


def fault_still(gate: EgressGate, context: Context, ticket: Ticket) -> str:
    """The rule by which what a ticket is about would be refused now, or nothing: the re-test before it is closed."""
    fault = ticket.fault
    declared = gate.models.current().destinations.get(fault.destination)
    asked = EgressRequest(
        fault.destination, "GET", "/", fault.purpose, fault.level, about=Payload(fault.tags, fault.fields)
    )
    decision = decide_egress(declared, asked, EVERY_SCHEME, Circumstances(gate.clock.now().date()))
    if isinstance(decision, Block):
        return decision.reason
    reason = gate.probe(context, fault.destination)
    return reason if reason in REASONS else ""


def drill(gate: EgressGate, context: Context) -> tuple[Step, ...]:
    """Rehearse a block from end to end: what must be refused is, the breaker opens, a ticket stands with owner and due time.
    What the drill made is taken away; the record of the attempts stays."""
    asked = EgressRequest(DRILL, "GET", "/", DRILL, "G3", about=Payload(fields=("drill.field",), rows=1, place=DRILL))
    circuit = circuit_of(DRILL, DRILL, "G3")
    started = time.perf_counter()
    refused = _refused(gate, context, asked)
    blocked = _passed(started)
    found = gate.database.read(lambda session: switch_of(session, circuit))
    ticket = next((one for one in gate.database.read(_newest) if is_of_drill(one.fault)), None)
    seen = _passed(started)
    again = _refused(gate, context, replace(asked, level="G3"))
    ended = _passed(started)
    owned = ticket is not None and bool(ticket.owner.texts) and ticket.due_at > ticket.opened_at
    gate.database.write(lambda session: _clear(session, gate, context, circuit))
    opened = found is not None and found.standing.state is State.OPEN
    return (
        Step(Message("未声明的去向被拒绝", "What is not declared is refused"), refused == "undeclared", blocked),
        Step(Message("断路器已断开", "The breaker is open"), opened, seen),
        Step(Message("整改工单有负责人与时限", "A ticket stands with owner and due time"), owned, seen),
        Step(Message("断开后再次被拒绝", "It is refused again while open"), bool(again), ended),
        Step(Message("全程在一秒之内", "All of it within a second"), ended <= 1000, ended),
    )


def is_of_drill(fault: Fault) -> bool:
    """Whether a ticket is one of a drill."""
    return fault.destination == DRILL and fault.place == DRILL


def _newest(session: Session) -> list[Ticket]:
    return open_tickets(session, 10_000)


def _refused(gate: EgressGate, context: Context, asked: EgressRequest) -> str:
    try:
        gate.send(context, asked)
    except EgressRefused as error:
        return error.reason
    return ""


def _passed(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _clear(session: Session, gate: EgressGate, context: Context, circuit: Circuit) -> None:
    now, user = gate.clock.now(), context.principal.user_id or None
    for one in open_tickets(session, 10_000):
        if is_of_drill(one.fault):
            close(session, one.id, user, now)
    forget(session, circuit)
    remember_moment(session, MOMENT, now)
    if gate.key:
        append(session, gate.ids, Act(now, "egress_drill", user, address=None if user else "console"))
