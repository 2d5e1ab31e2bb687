"""Ordering a demonstration on a page: what is wanted, whether it may be, and the job that makes it or takes it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel, Pack
from engine.runtime.demo.marking import made_at
from engine.runtime.identity.users import has_demo_users
from engine.runtime.jobs import Job, discard, enqueue, jobs_of_kinds
from engine.runtime.rows import select
from engine.runtime.work import Work

MAKE, TAKE_AWAY, TEACH = "demo_make", "demo_take_away", "demo_teach"
KINDS = (MAKE, TAKE_AWAY)


class NoDemonstration(DougongError):
    """A demonstration cannot be made, or there is none to take away."""

    code = "no_demonstration"
    status = 409


BUSY = Message(
    "演示数据正在生成或清除，请等它完成", "The demonstration is being made or taken away; wait until that is done"
)
STANDS = Message("已经有演示数据，先清除再重新生成", "There is a demonstration already; take it away first")
NONE = Message("这里没有演示数据", "There is no demonstration here")
NOT_EMPTY = Message(
    "这里已经有真实记录。演示数据只能放进还没有记录的安装，免得真假混在一起；要试用，请另起一个数据文件夹",
    "There are real rows here. A demonstration goes into an installation without rows only, so that made-up ones never mix with them; to try it, start one with another data folder",
)
UNKNOWN = Message("没有这个应用的演示数据", "No such application has a demonstration")


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: of which pack (empty: of all), in which size, by whom."""

    pack: str
    full: bool
    by: int


def packs_with_rows(model: AppModel) -> list[Pack]:
    """The applications that have a demonstration of their own."""
    having = {demo.pack for demo in model.demos.values() if demo.rows}
    return [pack for name, pack in model.packs.items() if name in having and pack.is_app]


def packs_of(model: AppModel, pack: str) -> frozenset[str]:
    """The packs whose demo files make the demonstration of one, those that it stands on among them; of all for an empty name."""
    if not pack:
        return frozenset(model.packs)
    found, waiting_for = {pack}, [pack]
    while waiting_for:
        for name in model.packs[waiting_for.pop()].requires:
            if name not in found:
                found.add(name)
                waiting_for.append(name)
    return frozenset(found)


def why_not(work: Work, demo_mode: bool) -> Message | None:
    """Why none can be made now; None where it can."""
    if job_at_hand(work) is not None:
        return BUSY
    if made_at(work.session) is not None:
        return STANDS
    if not _has_rows(work):
        return None
    return STANDS if demo_mode else NOT_EMPTY


def order(work: Work, wanted: Order, demo_mode: bool) -> int:
    """Have a demonstration made; the job. Raises NoDemonstration."""
    refused = why_not(work, demo_mode)
    if refused is None and wanted.pack and wanted.pack not in {one.name for one in packs_with_rows(work.model)}:
        refused = UNKNOWN
    if refused is not None:
        raise NoDemonstration(refused)
    forget_failed(work)
    return enqueue(work, MAKE, wanted.pack, {"full": wanted.full, "by": wanted.by})


def order_away(work: Work, dependents: bool, keep_people: bool) -> int:
    """Have the demonstration taken away; the job. Raises NoDemonstration."""
    if job_at_hand(work) is not None:
        raise NoDemonstration(BUSY)
    if not stands(work):
        raise NoDemonstration(NONE)
    forget_failed(work)
    return enqueue(work, TAKE_AWAY, "", {"dependents": dependents, "keep_people": keep_people})


def stands(work: Work) -> bool:
    """Whether there is something to take away: those that were made before there was a mark have accounts."""
    return made_at(work.session) is not None or (has_demo_users(work.session) and _has_rows(work))


def job_at_hand(work: Work) -> Job | None:
    """The job that makes or takes away now, or is to."""
    return next((one for one in _jobs(work) if not one.dead), None)


def failed_job(work: Work) -> Job | None:
    """The last one that could not."""
    return next((one for one in _jobs(work) if one.dead), None)


def forget_failed(work: Work) -> None:
    """What could not be done before is of no more interest."""
    for one in _jobs(work):
        if one.dead:
            discard(work.session, one.id)


def _jobs(work: Work) -> Sequence[Job]:
    return jobs_of_kinds(work.session, KINDS)


def _has_rows(work: Work) -> bool:
    return any(
        select(work.session, name, ("id",), limit=1)
        for name, entity in work.model.entities.items()
        if not entity.starts_with
    )
