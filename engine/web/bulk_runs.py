"""Bulk runs: what is done with all rows that a list finds, by a job, some rows at a time, each with a result of its own.

The rows are found anew for every batch, with what the person who asked may read and write at that moment, by ids from
below; rows made after the run began are not reached. A batch commits its writes, its results and its place together: a
process that is killed loses nothing, and the next one does nothing twice. What the run changed is taken back as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.model.access import Action
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.errors import BadRequest, NotFound
from engine.model.requests import AllOf, Condition, QueryRequest, Sort
from engine.runtime.access.rights import allowed_actions
from engine.runtime.bulk_runs.tables import (
    WORKING,
    BulkCounts,
    BulkRow,
    BulkRun,
    BulkState,
    Fate,
    add_bulk,
    bulk_of,
    fates_of,
    keep_fates,
    save_bulk,
)
from engine.runtime.database.protocol import Session
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import Job, enqueue
from engine.runtime.query.lists import count_records, list_records
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.records.bulk import BulkResult, Operation, bulk
from engine.runtime.transfer.runs import acting_for
from engine.runtime.transfer.undoing import UNDO, take_back
from engine.runtime.work import Work, Workplace
from engine.web.bulk_acts import operations, refusal
from engine.web.calls import Call
from engine.web.listed_rows import listed_rows

BULK_JOB = "bulk"
CAUSE = "bulk"
BATCH = 50
"""Rows that are dealt with in one transaction: others who write wait no longer than for these."""
LEG = 10.0
"""Seconds that one job goes on: well below the time for which a job is claimed."""
UNDONE_ACTS = {"update": Action.UPDATE, "delete": Action.DELETE}
"""Acts that a run can take back, with the right that this needs."""
GONE = Message("这类记录已不存在", "These records exist no more")


class BulkStopped(DougongError):
    """A run cannot go on; the words say why."""

    code = "bulk_stopped"
    status = 422


class _Overtaken(Exception):
    """The run stands no more where this job found it."""


def begin(work: Work, call: Call, entity: Entity, act: str, values: Mapping[str, object]) -> BulkRun:
    """Let a job do an act with all rows that the list at the form's address finds. Raises NotFound, BadRequest."""
    address = call.form_first().get("list", "")
    [*operations(act, values, {})]
    for name in values:
        field = entity.fields.get(name.removeprefix("f."))
        if field is not None:
            refuse_sealed(field, (field.name,), "在后台批量写入", "written in many rows in the background")
    total = count_records(work, listed_rows(work, call, entity, address, 1))
    context = work.context
    run = BulkRun(
        id=work.ids.next(),
        entity=entity.name,
        user=context.principal.user_id,
        post=context.post,
        locale=context.locale,
        zone=context.zone,
        act=act,
        fields=values,
        list=address,
        total=total,
        created_at=context.now,
    )
    add_bulk(work.session, run)
    _enqueue(work, run)
    return run


def own_bulk(work: Work, run: int, lock: bool = False) -> BulkRun:
    """A run of the caller's, or of anybody for an administrator. Raises NotFound."""
    found, principal = bulk_of(work.session, run, lock), work.context.principal
    if found is None or not (found.user == principal.user_id or principal.administrator):
        raise NotFound
    if Action.READ not in allowed_actions(work.model, work.context, found.entity):
        raise NotFound
    return found


def may_undo(work: Work, run: BulkRun) -> bool:
    """Whether what a run did can be taken back by the caller."""
    needed = UNDONE_ACTS.get(run.act)
    ended = run.state in {BulkState.DONE, BulkState.FAILED} and run.counts.done > 0 and not run.counts.undone
    return ended and needed is not None and needed in allowed_actions(work.model, work.context, run.entity)


def undo(work: Work, run: BulkRun) -> None:
    """Let a job take back what a run did. Raises BadRequest."""
    if not may_undo(work, run):
        raise BadRequest(Message("这次批量操作现在不能撤销", "This act on many rows cannot be undone now"))
    _go_on(work, run, replace(run, state=BulkState.UNDOING, position=0, problem=None, finished_at=None))


def _enqueue(work: Work, run: BulkRun) -> None:
    enqueue(work, BULK_JOB, run.entity, {"bulk": run.id, "leg": run.leg})


def _go_on(work: Work, held: BulkRun, run: BulkRun) -> BulkRun:
    following = replace(run, leg=held.leg + 1)
    _store(work, held, following)
    _enqueue(work, following)
    return following


def _store(work: Work, held: BulkRun, run: BulkRun) -> None:
    if not save_bulk(work.session, run, held):
        raise _Overtaken
    tell_beside(work, run.entity, run.id, Aspect.IMPORTED, (run.user,))


@dataclass(frozen=True, slots=True)
class BulkRunner:
    """Carries runs on in a job. Satisfies engine.installation.job_runner.Outside."""

    clock: Clock

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        began = self.clock.monotonic()
        run = workplace.database.read(partial(bulk_of, run=int(str(job.payload["bulk"]))))
        if run is None or run.leg != job.payload["leg"]:
            return
        try:
            while run.state in WORKING:
                last = self.clock.monotonic() - began > LEG
                run = workplace.database.write(partial(self._step, workplace=workplace, run=run, last=last))
                if last:
                    return
        except _Overtaken:
            return
        except DougongError as error:
            if error.status >= 500:
                raise
            workplace.database.write(partial(_fail, run=run, error=error))

    def _step(self, session: Session, workplace: Workplace, run: BulkRun, last: bool) -> BulkRun:
        context = self._context(session, workplace, run)
        part = _undone_part if run.state is BulkState.UNDOING else _done_part
        return workplace.act(session, context, lambda work: _carried_on(work, run, part(work, run), last))

    def _context(self, session: Session, workplace: Workplace, run: BulkRun) -> Context:
        """Who asked for it, with what they may do at this moment. Raises DougongError when they may do nothing more."""
        context = acting_for(session, workplace, run, self.clock.now())
        cause = UNDO if run.state is BulkState.UNDOING else CAUSE
        return replace(context, cause=cause, run=encode_id(run.id))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one batch came to: what became of rows, and behind which row the next goes on; None at the end."""

    fates: tuple[BulkRow, ...]
    undone: int
    place: int | None


def _carried_on(work: Work, run: BulkRun, part: _Part, last: bool) -> BulkRun:
    keep_fates(work.session, run.id, [(work.ids.next(), one) for one in part.fates])
    found, counts = Counter(one.fate for one in part.fates), run.counts
    counts = BulkCounts(
        counts.done + found[Fate.WRITTEN],
        counts.same + found[Fate.SAME],
        counts.refused + found[Fate.REFUSED],
        counts.undone + part.undone,
        counts.kept + found[Fate.KEPT],
    )
    if part.place is None:
        ended = BulkState.UNDONE if run.state is BulkState.UNDOING else BulkState.DONE
        following = replace(run, counts=counts, state=ended, finished_at=work.context.now)
        _store(work, run, following)
        return following
    following = replace(run, counts=counts, position=part.place)
    if last:
        return _go_on(work, run, following)
    _store(work, run, following)
    return following


def _done_part(work: Work, run: BulkRun) -> _Part:
    """The next rows that the list finds, by their ids."""
    entity = _entity(work, run)
    call = Call("GET", "", {}, (), {}, {}, "", "")
    request = _from(listed_rows(work, call, entity, run.list, BATCH), run)
    rows = {one.id: one.version for one in list_records(work, request).records}
    results = bulk(work, entity.name, [*operations(run.act, run.fields, rows)])
    fates = tuple(_fate(entity, record, one) for record, one in zip(rows, results, strict=True))
    return _Part(fates, 0, max(rows) if len(rows) == BATCH else None)


def _from(request: QueryRequest, run: BulkRun) -> QueryRequest:
    until = Condition(("id",), "lt", run.id)
    after = (Condition(("id",), "gt", run.position),) if run.position else ()
    return replace(request, where=AllOf((request.where, until, *after)), sort=(Sort(("id",)),))


def _fate(entity: Entity, record: int, result: BulkResult) -> BulkRow:
    if result.error is not None:
        return BulkRow(record, Fate.REFUSED, refusal(entity, result.error))
    return BulkRow(record, Fate.WRITTEN if result.outcome and result.outcome.written else Fate.SAME)


def _undone_part(work: Work, run: BulkRun) -> _Part:
    """The next rows that get back what they held, or that are there again."""
    entity = _entity(work, run)
    return _restored(work, entity, run) if run.act == "delete" else _put_back(work, entity, run)


def _put_back(work: Work, entity: Entity, run: BulkRun) -> _Part:
    taken = take_back(work, entity, encode_id(run.id), run.position)
    kept = [BulkRow(one.record, Fate.KEPT, one.problems[0][1]) for one in taken.kept if one.record is not None]
    return _Part(tuple(kept), taken.undone, taken.place)


def _restored(work: Work, entity: Entity, run: BulkRun) -> _Part:
    gone = [one.record for one in fates_of(work.session, run.id, Fate.WRITTEN, run.position, BATCH)]
    results = bulk(work, entity.name, [Operation("restore", one) for one in gone])
    kept = [
        BulkRow(record, Fate.KEPT, refusal(entity, one.error))
        for record, one in zip(gone, results, strict=True)
        if one.error is not None
    ]
    return _Part(tuple(kept), len(gone) - len(kept), gone[-1] if len(gone) == BATCH else None)


def _entity(work: Work, run: BulkRun) -> Entity:
    found = work.model.entities.get(run.entity)
    if found is None:
        raise BulkStopped(GONE)
    return found


def _fail(session: Session, run: BulkRun, error: DougongError) -> None:
    now = bulk_of(session, run.id)
    if now is not None and now.leg == run.leg and now.state in WORKING:
        save_bulk(session, replace(now, state=BulkState.FAILED, problem=error.message.text(run.locale)), now)


def fates(work: Work, run: BulkRun, fate: Fate) -> Iterator[BulkRow]:
    """All rows of a fate."""
    after = 0
    while found := fates_of(work.session, run.id, fate, after, 200):
        yield from found
        after = found[-1].record
