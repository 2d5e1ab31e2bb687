"""The breaker board: where data may go and how each breaker stands, open tickets, the kill switch, drills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.model.sources import Destination
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.moments import last_moment
from engine.runtime.sovereignty.breaker import PROBES, Standing, State
from engine.runtime.sovereignty.canaries import canary_of
from engine.runtime.sovereignty.counters import tally
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.sovereignty.guarding import (
    agree,
    ask,
    circuit_named,
    close_ticket,
    kill,
    may_agree,
    probed,
    words_of,
)
from engine.runtime.sovereignty.ledger import recent_attempts
from engine.runtime.sovereignty.owners import lead_of, owner_of
from engine.runtime.sovereignty.rules import REASONS, fix_of
from engine.runtime.sovereignty.switches import EVERYTHING, Switch, switches
from engine.runtime.sovereignty.tickets import OVER, Ticket, closed_tickets, open_tickets, step_of, ticket_of
from engine.runtime.sovereignty.trials import MOMENT, Step, drill, fault_still, probe
from engine.runtime.work import Work
from engine.web.administration.areas import BREAKERS
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

HERE = BREAKERS
STATES = {
    State.CLOSED: (Message("正常放行", "Closed: lets pass"), "success"),
    State.OPEN: (Message("已断开", "Open: blocks"), "danger"),
    State.HALF_OPEN: (Message("探测中", "Half open: probes alone"), "warning"),
}
DONE = {
    "kill": Message("总开关已按下，一切外发停止", "The kill switch is pressed: nothing leaves"),
    "ask": Message("已申请恢复，等待另一人批准", "Asked for; another person has to agree"),
    "agree": Message("已批准", "Agreed"),
    "close": Message("复测通过，工单已关闭", "The re-test passed; the ticket is closed"),
}
ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """A breaker as it is read, and what its reader may do to it."""

    name: str
    label: str
    state: str
    tone: str
    since: str
    reason: str
    asked: str
    grounds: str
    progress: str
    may_ask: bool
    may_agree: bool
    may_probe: bool


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket as it is read."""

    id: str
    what: str
    rule: str
    fix: str
    fields: str
    place: str
    who: str
    owner: str
    due: str
    late: bool
    times: int
    closed: str


@dataclass(frozen=True, slots=True)
class DestinationLine:
    """A destination as declared, with how it stands."""

    label: str
    name: str
    where: str
    operator: str
    jurisdiction: str
    level: str
    purposes: str
    nets: str
    pinned: bool
    evidence: str
    owner: str
    counted: str
    state: str
    tone: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/egress"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, message=error.message.text(work.context.language), status=error.status)


def change(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """POST /admin/egress: kill, ask, agree, probe, close, drill. Raises what guarding raises; BadRequest for no act."""
    form = call.form_first()
    act = form.get("act", "")
    match act:
        case "kill":
            kill(work, form.get("reason", ""))
        case "ask":
            ask(work, circuit_named(form.get("circuit", "")), form.get("reason", ""))
        case "agree":
            agree(work, circuit_named(form.get("circuit", "")))
        case "probe":
            return _probing(work, call, site)
        case "close":
            return _closing(work, call, site)
        case "drill":
            return _drilling(work, call, site)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{HERE}?done={act}")


def _probing(work: Work, call: Call, site: Site) -> Afterwards:
    """Probe after this unit of work, as often as a breaker still needs it, until one does not pass."""
    circuit, context = circuit_named(call.form_first().get("circuit", "")), work.context

    def respond() -> Response:
        gate = gate_of(site.workplace, site.clock, site.settings.authorities)
        reason, standing = "", Standing(State.HALF_OPEN)
        for _ in range(PROBES):
            reason = probe(gate, context, circuit)
            standing = site.workplace.write(context, partial(probed, circuit=circuit, passed=not reason))
            if standing.state is not State.HALF_OPEN:
                break
        words = _of_probes(reason, standing)
        return site.workplace.read(context, lambda after: _page(after, call, site, done=words, message=""))

    return Afterwards(respond)


def _of_probes(reason: str, standing: Standing) -> Message:
    if reason:
        why = REASONS.get(reason, REASONS["probe"])
        return Message(
            f"探测没有通过：{why.zh}。断路器保持断开", f"A probe did not pass: {why.en}. The breaker stays open"
        )
    if standing.state is State.CLOSED:
        return Message(f"{PROBES} 次探测全部通过，断路器恢复", f"{PROBES} probes passed; the breaker is closed")
    return Message(f"已通过 {standing.probes} 次探测", f"{standing.probes} probes passed")


def _closing(work: Work, call: Call, site: Site) -> Afterwards:
    """Test again after this unit of work what a ticket is about, and close it where that passes. Raises NotFound."""
    identity, context = decode_id(call.form_first().get("ticket", "")), work.context
    ticket = ticket_of(work.session, identity)
    if ticket is None:
        raise NotFound

    def respond() -> Response:
        gate = gate_of(site.workplace, site.clock, site.settings.authorities)
        fault = fault_still(gate, context, ticket)
        try:
            site.workplace.write(context, lambda after: close_ticket(after, identity, fault))
        except DougongError as error:
            kept = error
            return site.workplace.read(context, lambda after: again(after, call, site, kept))
        return see_other(f"{HERE}?done=close")

    return Afterwards(respond)


def _drilling(work: Work, call: Call, site: Site) -> Afterwards:
    context = work.context

    def respond() -> Response:
        steps = drill(gate_of(site.workplace, site.clock, site.settings.authorities), context)
        return site.workplace.read(context, lambda after: _page(after, call, site, steps=steps))

    return Afterwards(respond)


def _page(
    work: Work,
    call: Call,
    site: Site,
    message: str = "",
    status: int = 200,
    done: Message | None = None,
    steps: tuple[Step, ...] = (),
) -> Response:
    language, session = work.context.language, work.session
    found, waiting = switches(session), open_tickets(session)
    told = done or (DONE.get(call.first.get("done", "")) if call.method == "GET" else None)
    people = {one.id: one.called(language) for one in all_users(session)}
    rehearsed = last_moment(session, MOMENT)
    stopped = next((one for one in found if one.circuit == EVERYTHING and one.standing.state is not State.CLOSED), None)
    values: Mapping[str, object] = {
        "title": Message("外发断路器", "Egress breakers").text(language),
        "here": HERE,
        "message": message,
        "done": told.text(language) if told else "",
        "stopped": stopped is not None,
        "switches": [
            _switch(work, one, people)
            for one in found
            if one.standing.state is not State.CLOSED or one.standing.strikes
        ],
        "tickets": [_ticket(work, one, people) for one in waiting],
        "closed": [_ticket(work, one, people) for one in closed_tickets(session, 5)],
        "destinations": [_destination(work, one, found) for one in work.model.destinations.values()],
        "attempts": [
            (
                _moment(work, one.at),
                one,
                REASONS[one.reason].text(language) if one.reason and one.reason in REASONS else "",
            )
            for one in recent_attempts(session, ATTEMPTS)
        ],
        "steps": [(one.what.text(language), one.held, f"{one.milliseconds:.0f} ms") for one in steps],
        "rehearsed": _moment(work, rehearsed) if rehearsed else "",
        "lead": lead_of(work.model).text(language),
        "canary": canary_of(work.key),
    }
    return page_response(work, call, site, "breakers.html", dict(values), status=status)


def _switch(work: Work, one: Switch, people: Mapping[int, str]) -> SwitchLine:
    language, standing, me = work.context.language, one.standing, work.context.principal
    words, tone = STATES[standing.state]
    reason = REASONS.get(standing.reason)
    strikes = Message(f"已违规 {standing.strikes} 次", f"{standing.strikes} strikes")
    probes = Message(f"探测 {standing.probes}/{PROBES}", f"probes {standing.probes} of {PROBES}")
    agreed = Message(
        f"批准 {len(standing.approved_by)}/{standing.reviews}",
        f"{len(standing.approved_by)} of {standing.reviews} agreed",
    )
    progress = {State.CLOSED: strikes, State.HALF_OPEN: probes, State.OPEN: agreed}[standing.state]
    others = standing.asked_by not in {0, me.user_id} and me.user_id not in standing.approved_by
    return SwitchLine(
        name=" ".join((one.circuit.destination, one.circuit.purpose, one.circuit.level)),
        label=_named(work, one),
        state=words.text(language),
        tone=tone,
        since=_moment(work, one.changed_at),
        reason=reason.text(language) if reason else "",
        asked=people.get(standing.asked_by, "") if standing.asked_by else "",
        grounds=one.grounds if standing.asked_by or one.circuit == EVERYTHING else "",
        progress=progress.text(language),
        may_ask=standing.state is State.OPEN and not standing.asked_by,
        may_agree=standing.state is State.OPEN and others and may_agree(work.model, me),
        may_probe=standing.state is State.HALF_OPEN,
    )


def _named(work: Work, one: Switch) -> str:
    """A breaker by the label of its destination."""
    declared = work.model.destinations.get(one.circuit.destination)
    words = words_of(one.circuit, work.context.language)
    return words if declared is None else f"{declared.label.text(work.context.language)} ({words})"


def _ticket(work: Work, one: Ticket, people: Mapping[int, str]) -> TicketLine:
    language, fault = work.context.language, one.fault
    declared = work.model.destinations.get(fault.destination)
    rule = REASONS.get(fault.rule)
    label = declared.label.text(language) if declared is not None else fault.destination
    return TicketLine(
        id=encode_id(one.id),
        what=" · ".join((label, fault.purpose, fault.level)),
        rule=rule.text(language) if rule else fault.rule,
        fix=fix_of(fault.rule).text(language),
        fields=", ".join(
            (*fault.fields, *([Message(f"{fault.rows} 行", f"{fault.rows} rows").text(language)] if fault.rows else []))
        ),
        place=fault.place,
        who=people.get(fault.user or 0, fault.service or ""),
        owner=one.owner.text(language),
        due=_moment(work, one.due_at),
        late=one.closed_at is None and step_of(one, work.context.now) == OVER,
        times=one.times,
        closed=_moment(work, one.closed_at) if one.closed_at else "",
    )


def _destination(work: Work, one: Destination, found: list[Switch]) -> DestinationLine:
    language = work.context.language
    stands = [each.standing.state for each in found if each.circuit.destination in {one.name, EVERYTHING.destination}]
    state = next((each for each in (State.OPEN, State.HALF_OPEN) if each in stands), State.CLOSED)
    words, tone = STATES[state]
    evidence = one.evidence
    return DestinationLine(
        label=one.label.text(language),
        name=one.name,
        where=f"{one.scheme}://{one.host}:{one.port}" if one.host else one.folder or one.scheme,
        operator=one.operator.text(language),
        jurisdiction=one.jurisdiction,
        level=one.max_level,
        purposes=", ".join(sorted(one.purposes)),
        nets=", ".join(one.nets),
        pinned=bool(one.pins),
        evidence=f"{evidence.id} → {evidence.until.isoformat()}" if evidence else "",
        owner=owner_of(one, lead_of(work.model)).text(language),
        counted=_counted(work, one),
        state=words.text(language),
        tone=tone,
    )


def _counted(work: Work, one: Destination) -> str:
    """People counted this year against the limits; empty where there are none."""
    persons, sensitive = one.limits
    if persons is None and sensitive is None:
        return ""
    counted = tally(work.session, work.context.now.year, one.pool)
    pairs = ((counted.persons, persons), (counted.sensitive, sensitive))
    return " · ".join(f"{here} / {most}" for here, most in pairs if most is not None)


def _moment(work: Work, at: datetime) -> str:
    context = work.context
    return format_instant(at, context.language, context.now, context.zone)
