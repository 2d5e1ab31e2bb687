"""Guarding: what people do to breakers and tickets. Each act is one transaction with its entry in the audit log."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.runtime.audit import Act, append
from engine.runtime.sovereignty.breaker import Agreed, Asked, Probed, Standing, State, Tripped
from engine.runtime.sovereignty.owners import lead_of, leads
from engine.runtime.sovereignty.rules import REASONS
from engine.runtime.sovereignty.switches import ANY, EVERYTHING, Circuit, move, switch_of
from engine.runtime.sovereignty.tickets import Ticket, close, ticket_of
from engine.runtime.work import Work

SHORTEST = 10
"""Characters that a reason has at least: a word is none."""
LONGEST = 400


class NotNow(DougongError):
    """A breaker or a ticket does not stand so that this can be done to it."""

    code = "not_now"
    status = 409


def may_guard(model: AppModel, principal: Principal) -> bool:
    """Whether somebody may see the breakers and ask, kill and rehearse."""
    return principal.token_scopes is None and (principal.administrator or holds_lead(model, principal))


def holds_lead(model: AppModel, principal: Principal) -> bool:
    """Whether somebody holds the role of the data security lead."""
    return any(role.name in principal.roles for role in leads(model))


def may_agree(model: AppModel, principal: Principal) -> bool:
    """Whether somebody may agree to close: the data security lead; where no role is one, administrators."""
    return holds_lead(model, principal) if leads(model) else principal.administrator


def kill(work: Work, reason: str) -> None:
    """Open everything, in every process at its next attempt. Raises BadRequest without a reason."""
    grounds = reason_of(reason)
    move(work.session, EVERYTHING, Tripped("killed"), work.context.now, grounds)
    _audit(work, "egress_kill", EVERYTHING)


def ask(work: Work, circuit: Circuit, reason: str) -> None:
    """Ask for a breaker to be closed. Raises BadRequest without a reason, NotFound, NotNow where it is not open."""
    grounds, user = reason_of(reason), work.context.principal.user_id
    if not user:
        raise Forbidden
    _open_one(work, circuit, State.OPEN)
    move(work.session, circuit, Asked(user), work.context.now, grounds)
    _audit(work, "egress_ask", circuit)


def agree(work: Work, circuit: Circuit) -> Standing:
    """Agree to what another person asked for; how the breaker stands then. Raises Forbidden, NotNow, NotFound."""
    principal = work.context.principal
    if not may_agree(work.model, principal):
        words = lead_of(work.model)
        raise Forbidden(
            Message(f"只有{words.text('zh')}可以批准恢复", f"Only the {words.text('en').lower()} may agree to close")
        )
    standing = _open_one(work, circuit, State.OPEN)
    if not standing.asked_by:
        raise NotNow(Message("还没有人申请恢复", "Nobody has asked to close it"))
    if standing.asked_by == principal.user_id or principal.user_id in standing.approved_by:
        raise NotNow(Message("申请和批准须是不同的人", "It takes a person other than who asked or agreed before"))
    _, found = move(work.session, circuit, Agreed(principal.user_id), work.context.now)
    _audit(work, "egress_agree", circuit)
    return found


def probed(work: Work, circuit: Circuit, passed: bool) -> Standing:
    """Take in how a synthetic probe came back. Raises NotFound, NotNow where the breaker is not half open."""
    _open_one(work, circuit, State.HALF_OPEN)
    _, found = move(work.session, circuit, Probed(passed), work.context.now)
    if found.state is not State.HALF_OPEN:
        _audit(work, "egress_closed" if found.state is State.CLOSED else "egress_reopened", circuit)
    return found


def close_ticket(work: Work, identity: int, fault: str) -> Ticket:
    """Close a ticket whose re-test found no fault any more. Raises NotFound, NotNow with the rule that still holds it."""
    ticket = ticket_of(work.session, identity, lock=True)
    if ticket is None or ticket.closed_at is not None:
        raise NotFound
    if fault:
        why = REASONS[fault]
        raise NotNow(Message(f"复测没有通过：{why.zh}", f"The re-test did not pass: {why.en}"))
    close(work.session, identity, work.context.principal.user_id or None, work.context.now)
    append(work.session, work.ids, _act(work.context, "egress_ticket", f"rule={ticket.fault.rule}"))
    return ticket


def circuit_named(text: str) -> Circuit:
    """The circuit that a form names as destination, purpose and level. Raises BadRequest."""
    parts = text.split(" ")
    if len(parts) != 3 or not all(parts):
        raise BadRequest(Message("没有这个断路器", "There is no such breaker"))
    return Circuit(*parts)


def words_of(circuit: Circuit, language: str) -> str:
    """A circuit for people."""
    if circuit == EVERYTHING:
        return Message("全部去向", "Everything").text(language)
    parts = [one for one in (circuit.purpose, circuit.level) if one != ANY]
    return " · ".join((circuit.destination, *parts))


def _open_one(work: Work, circuit: Circuit, wanted: State) -> Standing:
    found = switch_of(work.session, circuit, lock=True)
    if found is None:
        raise NotFound
    if found.standing.state is not wanted:
        raise NotNow(Message("断路器的状态已经变了，请刷新", "The breaker stands otherwise by now; look again"))
    return found.standing


def reason_of(text: str) -> str:
    """A reason as it is kept. Raises BadRequest for one that says nothing."""
    found = " ".join(text.split())[:LONGEST]
    if len(found) < SHORTEST:
        raise BadRequest(
            Message(f"请写明理由，至少 {SHORTEST} 个字", f"Give a reason of at least {SHORTEST} characters"),
            field="reason",
        )
    return found


def _audit(work: Work, action: str, circuit: Circuit) -> None:
    subject = f"destination={circuit.destination} purpose={circuit.purpose} level={circuit.level}"
    append(work.session, work.ids, _act(work.context, action, subject))


def _act(context: Context, action: str, subject: str) -> Act:
    return Act(
        at=context.now,
        action=action,
        actor=context.principal.user_id or None,
        viewing_as=context.viewing_as,
        subject=subject,
        address=None if context.principal.user_id else "console",
        request=context.request_id or None,
    )
