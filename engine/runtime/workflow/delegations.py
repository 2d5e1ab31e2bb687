"""Delegations of approvals: for some days what flows ask of somebody goes to another one, all of it or some, by condition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.model.flows import Flow
from engine.model.requests import AllOf, Condition, QueryRequest
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import may_sign_in, user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.organisation.days import day_of, held_on, stored_day
from engine.runtime.organisation.tables import APPROVAL_DELEGATION
from engine.runtime.query.filter_syntax import parse_condition
from engine.runtime.query.lists import count_records
from engine.runtime.query.names import Reader
from engine.runtime.rows import insert, select, update
from engine.runtime.work import Work

COLUMNS = ("id", "from_user", "to_user", "flows", "entity", "conditions", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class ApprovalDelegation:
    """`to_user` is asked instead of `from_user`. `flows` empty: every flow.

    `conditions` are pairs of the filter syntax (`amount__ge`, `100000`) on records of `entity`, read with the giver's
    rights: a record that they may not read fulfils none.
    """

    id: int
    from_user: int
    to_user: int
    valid_from: date
    valid_to: date | None
    flows: tuple[str, ...] = ()
    entity: str = ""
    conditions: tuple[tuple[str, str], ...] = ()


def entrust(work: Work, delegation: ApprovalDelegation) -> None:
    """Let another one be asked for some days. Raises BadRequest, or UnknownField for a condition on no field of theirs."""
    if delegation.to_user == delegation.from_user:
        raise BadRequest(Message("不能委托给自己", "One cannot delegate to oneself"))
    if not may_sign_in(work.session, delegation.to_user):
        raise BadRequest(Message("受托人不能登录", "That person cannot sign in"), field="user")
    if delegation.valid_to is None or delegation.valid_to <= delegation.valid_from:
        raise BadRequest(Message("委托须有晚于开始的结束日期", "A delegation needs an end after its start"))
    if delegation.conditions:
        _conditions(_as(work, delegation.from_user), delegation)
    insert(
        work.session,
        APPROVAL_DELEGATION,
        {
            "id": delegation.id,
            "from_user": delegation.from_user,
            "to_user": delegation.to_user,
            "flows": json.dumps(delegation.flows),
            "entity": delegation.entity or None,
            "conditions": json.dumps(delegation.conditions, ensure_ascii=False),
            "valid_from": stored_day(delegation.valid_from, work.session.dialect),
            "valid_to": stored_day(delegation.valid_to, work.session.dialect),
        },
    )


def entrusted_by(session: Session, user: int, day: date) -> list[ApprovalDelegation]:
    """What somebody has delegated, now or later, oldest first."""
    return [one for one in _found(session, "from_user", user) if one.valid_to is not None and one.valid_to > day]


def entrusted_to(session: Session, user: int, day: date) -> list[ApprovalDelegation]:
    """What somebody is asked for others on a day."""
    return [one for one in _found(session, "to_user", user) if held_on(one, day)]


def end_entrusting(session: Session, user: int, delegation: int, day: date) -> bool:
    """End a delegation of one's own from `day` on; False when there is none that still holds."""
    for one in entrusted_by(session, user, day):
        if one.id == delegation:
            ends = stored_day(max(day, one.valid_from), session.dialect)
            return bool(update(session, APPROVAL_DELEGATION, {"valid_to": ends}, {"id": delegation}))
    return False


def instead_of(work: Work, users: Iterable[int], flow: Flow, record: int) -> Mapping[int, int]:
    """Who is asked instead of whom about a record; who delegated nothing that fits is left out.

    Delegations are followed from one to the next, nobody is met twice: who comes round to themselves is asked after all.
    """
    found = {user: _last(work, user, flow, record) for user in users}
    return {user: last for user, last in found.items() if last != user}


def _last(work: Work, user: int, flow: Flow, record: int) -> int:
    met = [user]
    while (following := _next(work, met[-1], flow, record)) is not None:
        if following in met:
            return user
        met.append(following)
    return met[-1]


def _next(work: Work, user: int, flow: Flow, record: int) -> int | None:
    """To whom somebody delegated it: named flows and conditions go before all, the newest before older ones."""
    day = work.context.today
    held = [one for one in _found(work.session, "from_user", user) if held_on(one, day)]
    for one in sorted(held, key=lambda one: (bool(one.conditions), bool(one.flows), one.id), reverse=True):
        if _fits(work, one, flow, record) and may_sign_in(work.session, one.to_user):
            return one.to_user
    return None


def _fits(work: Work, delegation: ApprovalDelegation, flow: Flow, record: int) -> bool:
    if delegation.flows and flow.name not in delegation.flows:
        return False
    if not delegation.conditions:
        return True
    return delegation.entity == flow.entity and _holds(_as(work, delegation.from_user), delegation, record)


def _holds(theirs: Work, delegation: ApprovalDelegation, record: int) -> bool:
    """Whether the giver finds the record by their conditions. What the model no longer knows does not hold."""
    try:
        where = AllOf((Condition(("id",), "eq", record), *_conditions(theirs, delegation)))
        return count_records(theirs, QueryRequest(delegation.entity, (("id",),), where=where)) > 0
    except DougongError:
        return False


def _conditions(theirs: Work, delegation: ApprovalDelegation) -> tuple[Condition, ...]:
    reader = Reader(theirs.model, theirs.context)
    return tuple(parse_condition(reader, delegation.entity, key, value) for key, value in delegation.conditions)


def _as(work: Work, user: int) -> Work:
    """The same work with the eyes of somebody else."""
    found = user_by_id(work.session, user)
    if found is None:
        raise BadRequest(Message("没有这个人", "There is no such person"))
    at = Circumstances(work.context.now, work.context.locale, work.context.zone)
    return work.under(context_for(work.session, work.model, found, at))


def _found(session: Session, column: str, user: int) -> list[ApprovalDelegation]:
    return [_delegation(row) for row in select(session, APPROVAL_DELEGATION, COLUMNS, {column: user}, ("id",))]


def _delegation(row: Sequence[object]) -> ApprovalDelegation:
    return ApprovalDelegation(
        id=int(str(row[0])),
        from_user=int(str(row[1])),
        to_user=int(str(row[2])),
        flows=tuple(json.loads(str(row[3]))),
        entity=str(row[4] or ""),
        conditions=tuple((str(key), str(value)) for key, value in json.loads(str(row[5]))),
        valid_from=day_of(row[6]) or date.min,
        valid_to=day_of(row[7]),
    )
