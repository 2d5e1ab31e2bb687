"""Watching: the kill mark and what commands left are taken in, and tickets are told of: at once, at half of their time, when
it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from engine.diagnostics import Message
from engine.extensions import Clock, EgressRequest
from engine.model.context import Context, Principal
from engine.model.payloads import Payload
from engine.model.twofold import twofold
from engine.runtime.identity.administrators import administrator_roles
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.telling import Telling
from engine.runtime.organisation.standings import holders_of
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.sovereignty.owners import leads
from engine.runtime.sovereignty.pending import take_pending
from engine.runtime.sovereignty.rules import REASONS
from engine.runtime.sovereignty.tickets import HALF, OVER, TOLD, Ticket, escalate, open_tickets, step_of
from engine.runtime.work import Work, Workplace

BOARD = "/admin/egress"
SERVICE = "egress"
STEPS = {
    TOLD: Message("外发被拒绝，待整改", "Refused to leave, to be mended"),
    HALF: Message("整改期限已过半", "Half of the time to mend is over"),
    OVER: Message("整改已逾期", "The time to mend is over"),
}


@dataclass(frozen=True, slots=True)
class Watchman:
    """Looks now and then; what it does is done once, whoever looks."""

    workplace: Workplace
    clock: Clock
    zone: str

    def look(self, now: datetime) -> int:
        """Take in what waits and tell who it is time to tell; how many tickets were told of."""
        context = Context(Principal(0, SERVICE, frozenset(), service=SERVICE), now, zone=self.zone, cause=SERVICE)
        self._take_in(context)
        due = self.workplace.read(
            context, lambda work: [one for one in open_tickets(work.session) if _is_due(one, now)]
        )
        return self.workplace.write(context, partial(_tell, now=now)) if due else 0

    def _take_in(self, context: Context) -> None:
        gate = gate_of(self.workplace, self.clock, "")
        gate.take_mark()
        for one in take_pending(self.workplace.data_folder):
            asked = EgressRequest(one.destination, "FILE", "/", one.purpose, one.level, about=Payload(place=one.place))
            gate.write_down(context, asked, one.reason, one.size)


def _is_due(ticket: Ticket, now: datetime) -> bool:
    return ticket.escalated < step_of(ticket, now)


def _tell(work: Work, now: datetime) -> int:
    """Tell of tickets that are due, in the transaction that writes down how far each is escalated."""
    people = _people(work)
    told = 0
    for one in open_tickets(work.session):
        step = step_of(one, now)
        if one.escalated >= step:
            continue
        escalate(work.session, one, step)
        if people:
            tell(work, people, _telling(one, step))
        told += 1
    return told


def _people(work: Work) -> list[int]:
    """Who answers for where data goes; where nobody does, administrators."""
    named = [role.name for role in leads(work.model)]
    for roles in (named, list(administrator_roles(work.model))):
        found = [user for role in roles for user in holders_of(work.session, work.model, work.context.today, role)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _telling(one: Ticket, step: int) -> Telling:
    rule = REASONS.get(one.fault.rule, STEPS[step])
    words, where = STEPS[step], f"{one.fault.destination} · {one.fault.level}"
    kind = NoticeKind.NOTIFY if step == TOLD else NoticeKind.ESCALATION
    said = Message(f"{words.zh}：{where}（{one.owner.text('zh')}）", f"{words.en}: {where} ({one.owner.text('en')})")
    return Telling(kind, twofold(said), twofold(rule), "", 0, link=BOARD)
