"""Deciding on requests: taken in with identity and authority checked, approved by a second person, withdrawn; holds placed
and released. Everything that a person does to a request goes through here."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import Forbidden
from engine.model.subjects import subject_entities
from engine.runtime.jobs import enqueue
from engine.runtime.rows import delete, select
from engine.runtime.sovereignty.subjects.holds import LegalHold, place_hold, release_hold
from engine.runtime.sovereignty.subjects.ledger import begin_ledger
from engine.runtime.sovereignty.subjects.plan import NoSuchSubject
from engine.runtime.sovereignty.subjects.requests import (
    AUTHORITIES,
    BASES,
    IDENTITIES,
    RequestRefused,
    RequestState,
    SubjectRequest,
    add_request,
    change_request,
    request_of,
    requests_in,
)
from engine.runtime.sovereignty.subjects.running import SUBJECT_JOB
from engine.runtime.sovereignty.subjects.tables import STEP
from engine.runtime.sovereignty.subjects.targets import drop_targets
from engine.runtime.work import Work


def may_answer(model: AppModel, roles: frozenset[str]) -> bool:
    """Whether somebody answers requests of data subjects: a right of its own, which no administrator has by being one."""
    return any(model.roles[one].answers_subjects for one in roles if one in model.roles)


def check_may_answer(work: Work) -> None:
    """Raises Forbidden."""
    if not may_answer(work.model, work.context.principal.roles):
        raise Forbidden(Message("没有处理主体请求的权限", "You may not answer requests of data subjects"))


def open_request(work: Work, subject: tuple[str, int], checked: tuple[str, str, str], ledger: Path) -> SubjectRequest:
    """Take in a request whose identity and authority were checked: `checked` are basis, identity, authority, as codes. It is
    planned by a job. Raises RequestRefused, NoSuchSubject, LedgerUnusable: where no ledger can be kept nothing is begun."""
    basis, identity, authority = checked
    if basis not in BASES or identity not in IDENTITIES or authority not in AUTHORITIES:
        raise RequestRefused(
            Message(
                "请写明依据、身份与授权是怎样核实的", "Say on what ground, and how identity and authority were checked"
            )
        )
    entity, record = subject
    if entity not in subject_entities(work.model.entities) or not select(work.session, entity, ("id",), {"id": record}):
        raise NoSuchSubject
    begin_ledger(work.session, ledger, work.context.now)
    now, by = work.context.now, work.context.principal.user_id or None
    request = SubjectRequest(
        work.ids.next(), entity, record, RequestState.PLANNING, basis, identity, authority, now, by, now, 0,
        None, None, None, None, None, None, None, None, None, None,
    )  # fmt: skip
    add_request(work.session, request)
    _queue(work, request)
    return request


def approve(work: Work, request: int, digest: str) -> None:
    """Agree to the very plan of a digest; the second person. From now on the subject is frozen. Raises RequestRefused."""
    found = request_of(work.session, request)
    if found.state is not RequestState.PLANNED:
        raise RequestRefused(Message("这个请求现在不能批准", "This request cannot be approved as it stands"))
    if found.digest != digest:
        raise RequestRefused(
            Message(
                "预演在你查看之后变了，请重新查看再批准",
                "The dry run has changed since you looked; look again, then approve",
            )
        )
    me = work.context.principal.user_id or None
    if me is None or me == found.created_by:
        raise RequestRefused(
            Message(
                "须由另一个人批准：不能批准自己受理的请求",
                "Somebody else has to approve it: nobody approves a request of their own",
            )
        )
    values = {"state": RequestState.APPROVED, "approved_at": work.context.now, "approved_by": me, "problem": None}
    change_request(work.session, request, values, found.state)
    _queue(work, found)


def withdraw(work: Work, request: int) -> None:
    """Give a request up before anything was done. Raises RequestRefused."""
    found = request_of(work.session, request)
    if found.state not in (RequestState.PLANNING, RequestState.PLANNED, RequestState.HELD):
        raise RequestRefused(
            Message("已批准的清除不能撤回", "An erasure that was approved cannot be withdrawn any more")
        )
    values = {"state": RequestState.WITHDRAWN, "ended_at": work.context.now}
    change_request(work.session, request, values, found.state)
    drop_targets(work.data_folder, request)


def plan_again(work: Work, request: int) -> None:
    """Work the plan out anew. Raises RequestRefused."""
    found = request_of(work.session, request)
    if found.state not in (RequestState.PLANNED, RequestState.HELD):
        raise RequestRefused(Message("现在不能重新预演", "It cannot be planned anew as it stands"))
    change_request(work.session, request, {"state": RequestState.PLANNING}, found.state)
    _queue(work, found)


def run_again(work: Work, request: int) -> None:
    """Do everything again of an erasure that could not be proved. Raises RequestRefused."""
    found = request_of(work.session, request)
    if found.state is not RequestState.UNPROVED:
        raise RequestRefused(Message("这次清除没有需要重做的", "There is nothing to do again"))
    delete(work.session, STEP, {"request": request})
    change_request(work.session, request, {"state": RequestState.RUNNING, "problem": None}, found.state)
    _queue(work, found)


def hold(
    work: Work,
    subject: tuple[str, int | None],
    case: tuple[str, date],
    covers: tuple[str | None, date | None, date | None] = (None, None, None),
) -> LegalHold:
    """Place a legal hold: `case` is its number and when it is looked at again, `covers` an entity and a period. Its owner is
    who places it. Requests that wait for approval are planned anew."""
    now, me = work.context.now, work.context.principal.user_id
    number, review = case
    entity, since, until = covers
    made = LegalHold(work.ids.next(), number, *subject, entity, since, until, me, review, now, me or None)
    place_hold(work.session, made)
    _look_again(work, made)
    return made


def release(work: Work, identity: int) -> None:
    """End a hold; requests that it held go on, their clocks begin anew. Raises NotFound."""
    _look_again(work, release_hold(work.session, identity, work.context.now, work.context.principal.user_id or None))


def _look_again(work: Work, changed: LegalHold) -> None:
    for found in requests_in(work.session, (RequestState.PLANNED, RequestState.HELD)):
        if found.entity == changed.entity and changed.record in (None, found.record):
            fresh: dict[str, object] = {"state": RequestState.PLANNING}
            if found.state is RequestState.HELD:
                fresh |= {"clock_from": work.context.now, "warned": 0}
            change_request(work.session, found.id, fresh, found.state)
            _queue(work, found)


def _queue(work: Work, request: SubjectRequest) -> None:
    enqueue(work, SUBJECT_JOB, request.entity, {"request": request.id})


def hours_left(request: SubjectRequest, now: datetime) -> float:
    """Hours until the promise of 24 hours is broken; below 0 it is."""
    return (request.due_at - now).total_seconds() / 3600
