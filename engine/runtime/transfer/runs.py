"""Runs of imports: begun, tried and written by a job batch by batch, mended line by line, taken back as one.

Each batch commits its rows, its refused lines and the place in the sheet together, so that a process that is killed loses
nothing and the next one doubles nothing. A batch stands only where the import is still as the batch found it: of two
processes that go on with one import the slower undoes its batch and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.model.access import Action
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.model.uncollected import uncollected
from engine.runtime.access.rights import allowed_actions
from engine.runtime.database.protocol import Session
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.jobs import Job, enqueue
from engine.runtime.organisation.contexts import Circumstances, context_of
from engine.runtime.organisation.standings import standing_of
from engine.runtime.records.cells import CellReader
from engine.runtime.search.index import foresee_tokens
from engine.runtime.transfer.importing import Importer, ImportPlan, ImportReport, SheetRows, check_plan
from engine.runtime.transfer.reading import Readings, Sought
from engine.runtime.transfer.reading_ahead import Ahead, Lines, columns_read, columns_together
from engine.runtime.transfer.tables import (
    MOST_KEPT,
    WAITING,
    WORKING,
    Counts,
    ImportRun,
    ImportState,
    Refused,
    drop_refused,
    keep_refused,
    run_of,
    save_run,
    sheet_path,
)
from engine.runtime.transfer.undoing import UNDO, take_back
from engine.runtime.work import Work, Workplace

IMPORT_JOB = "import"
CAUSE = "import"
BATCH = 8_000
"""Lines that are written in one transaction."""
LEG = 10.0
"""Seconds that one job goes on: well below the time for which a job is claimed."""


class ImportFailed(DougongError):
    """An import cannot go on; the words say why and what to do."""

    code = "import_failed"
    status = 422


GONE = Message("这类记录已不存在", "These records exist no more")
_FAILED = {
    ImportState.REHEARSING: ImportState.MAPPED,
    ImportState.RUNNING: ImportState.FAILED,
    ImportState.UNDOING: ImportState.UNDO_FAILED,
}
"""What an import is when its job cannot go on."""
_RESUMED = {ImportState.FAILED: ImportState.RUNNING, ImportState.UNDO_FAILED: ImportState.UNDOING}


class _Overtaken(Exception):
    """The import stands no more where this job found it: another has gone on with it, or somebody has stopped it."""


def planned(work: Work, run: ImportRun) -> ImportPlan:
    return ImportPlan(run.entity, run.columns, run.key, run.state is ImportState.REHEARSING)


def entity_of(work: Work, run: ImportRun) -> Entity:
    """Raises ImportFailed for an entity that is there no more."""
    found = work.model.entities.get(run.entity)
    if found is None:
        raise ImportFailed(GONE)
    return found


def own_run(work: Work, run: int, lock: bool = False) -> ImportRun:
    """An import of the caller's, or of anybody for an administrator; with `lock` for a change, so that of two that come at
    once the second finds what the first has left. Raises NotFound."""
    found = run_of(work.session, run, lock)
    principal = work.context.principal
    if found is None or not (found.user == principal.user_id or principal.administrator):
        raise NotFound
    if Action.CREATE not in allowed_actions(work.model, work.context, found.entity):
        raise NotFound
    return found


def importing_context(work: Work, run: ImportRun) -> Context:
    """The same act as one of the import: its rows say that they came by it."""
    return replace(work.context, cause=CAUSE, run=encode_id(run.id))


def begin(work: Work, run: ImportRun, rehearse: bool) -> None:
    """Let a job try or write an import from its first line on. Raises BadRequest."""
    if run.state not in WAITING:
        raise BadRequest(Message("这次导入已在进行或已完成", "This import is under way or done already"))
    check_plan(entity_of(work, run), work.model.entities, planned(work, run), run.header)
    drop_refused(work.session, run.id)
    state = ImportState.REHEARSING if rehearse else ImportState.RUNNING
    fresh = replace(run, state=state, position=0, counts=Counts(), problem=None, started_at=work.context.now)
    go_on(work, run, replace(fresh, finished_at=None))


def resume(work: Work, run: ImportRun) -> None:
    """Go on with what has failed, an import or its undo, from where it did. Raises BadRequest."""
    state = _RESUMED.get(run.state)
    if state is None:
        raise BadRequest(Message("这次导入没有中断", "This import has not stopped"))
    go_on(work, run, replace(run, state=state, problem=None))


def undo(work: Work, run: ImportRun) -> None:
    """Let a job take back all that an import has written. Raises BadRequest."""
    if run.state not in {ImportState.DONE, ImportState.FAILED}:
        raise BadRequest(Message("这次导入现在不能撤销", "This import cannot be undone now"))
    drop_refused(work.session, run.id)
    fresh = replace(run, state=ImportState.UNDOING, position=0, problem=None, finished_at=None)
    go_on(work, run, replace(fresh, started_at=work.context.now))


def go_on(work: Work, held: ImportRun, run: ImportRun) -> None:
    """Store an import with the job of its next leg. Raises Overtaken."""
    following = replace(run, leg=held.leg + 1)
    store(work, held, following)
    enqueue(work, IMPORT_JOB, run.entity, {"import": run.id, "leg": following.leg})


def store(work: Work, held: ImportRun, run: ImportRun) -> None:
    """Store an import that is still as it was held, and tell its pages."""
    if not save_run(work.session, run, held):
        raise _Overtaken
    tell_beside(work, run.entity, run.id, Aspect.IMPORTED, (run.user,))


def write_lines(work: Work, run: ImportRun, lines: Lines, cells: CellReader | None = None) -> ImportReport:
    """Write lines of an import as its owner, or only try them; `cells` knows what their texts are, as far as it is known."""
    entity = entity_of(work, run)
    if Action.CREATE not in allowed_actions(work.model, work.context, entity.name):
        raise Forbidden
    importer = Importer(work, entity, planned(work, run), cells=cells)
    importer.carry_out(SheetRows(run.header, lines))
    return importer.report


def refused_by(work: Work, run: ImportRun, report: ImportReport, lines: Lines) -> list[Refused]:
    """The lines that a report refuses, as they are kept."""
    told: dict[int, list[tuple[str, Message]]] = {}
    for one in report.problems:
        told.setdefault(one.line, []).append((one.column, one.message))
    return [Refused(work.ids.next(), line, tuple(cells), tuple(told[line])) for line, cells in lines if line in told]


def counts_of(report: ImportReport) -> Counts:
    refused = len({one.line for one in report.problems})
    return Counts(report.created, report.updated, report.unchanged, refused)


def written_at_once(work: Work, run: ImportRun, lines: Lines) -> ImportRun:
    """A small sheet, written in the unit of work at hand; the import as it is kept then."""
    own = work.under(importing_context(work, run))
    report = write_lines(own, run, lines)
    refused = refused_by(work, run, report, lines)
    keep_refused(work.session, run.id, refused)
    return replace(
        run, state=ImportState.DONE, counts=counts_of(report), total=len(lines), finished_at=work.context.now
    )


def mend(work: Work, run: ImportRun, lines: Sequence[Refused]) -> int:
    """Try refused lines again, with their cells as they are now; how many are refused still. Raises BadRequest."""
    if run.state is not ImportState.DONE:
        raise BadRequest(Message("导入完成后才能改正", "Lines are mended once the import is done"))
    own = work.under(importing_context(work, run))
    numbered = [(one.line, one.cells) for one in lines]
    report = write_lines(own, run, numbered)
    still = refused_by(work, run, report, numbered)
    drop_refused(work.session, run.id, [one.id for one in lines])
    keep_refused(work.session, run.id, still)
    tried = counts_of(report)
    counts = replace(run.counts + tried, refused=run.counts.refused - len(lines) + tried.refused)
    store(work, run, replace(run, counts=counts))
    return len(still)


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of a sheet that are written together, whether the leg ends with them, and what texts of the sheet are."""

    ahead: Ahead
    last: bool
    cells: CellReader


@dataclass(frozen=True, slots=True)
class ImportRunner:
    """Carries imports on in a job. Satisfies engine.installation.job_runner.Outside."""

    clock: Clock
    readings: Readings = field(default_factory=Readings)

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        began = self.clock.monotonic()
        run = workplace.database.read(lambda session: run_of(session, int(str(job.payload["import"]))))
        if run is None or run.leg != job.payload["leg"] or run.state not in WORKING:
            return
        try:
            if run.state is ImportState.UNDOING:
                self._take_back(workplace, run, began)
            else:
                with uncollected():
                    self._carry_on(workplace, run, began)
        except _Overtaken:
            return
        except DougongError as error:
            if error.status >= 500:
                raise
            self._fail(workplace, run, error)

    def _carry_on(self, workplace: Workplace, run: ImportRun, began: float) -> None:
        path = sheet_path(workplace.data_folder, run.id)
        if not path.exists():
            raise ImportFailed(
                Message(
                    "表格文件已不在（可能从备份恢复过），请重新上传",
                    "The sheet is gone, perhaps by a restore; upload it again",
                )
            )
        entity = workplace.models.current().entities.get(run.entity)
        if entity is None:
            raise ImportFailed(GONE)
        columns, cells = columns_read(entity, run.header, run.columns), CellReader(entity, run.zone)
        together = columns_together(run.header, run.columns, run.key)
        with ExitStack() as stack:
            reading = self.readings.take(run.id, Sought(path, BATCH, columns, together, run.zone))
            stack.callback(reading.close)
            last = False
            while not last:
                ahead = reading.lines(run.position)
                last = ahead.place is None or self.clock.monotonic() - began > LEG
                run = self._write(workplace, run, _Part(ahead, last, cells))
            if run.state in WORKING:
                stack.pop_all()
                self.readings.keep(run.id, reading)

    def _write(self, workplace: Workplace, run: ImportRun, part: _Part) -> ImportRun:
        def batch(session: Session) -> ImportRun:
            context = owner_context(session, workplace, run, self.clock.now())
            return workplace.act(session, context, lambda work: self._batch(work, run, part))

        return workplace.database.write(batch)

    def _batch(self, work: Work, run: ImportRun, part: _Part) -> ImportRun:
        lines, place = part.ahead.lines, part.ahead.place
        if part.cells.of(entity_of(work, run), work.context.zone):
            part.cells.foresee(part.ahead.cells)
            foresee_tokens(work, run.entity, part.ahead.tokens)
        report = write_lines(work, run, lines, part.cells)
        kept = max(0, MOST_KEPT - run.counts.refused)
        keep_refused(work.session, run.id, refused_by(work, run, report, lines)[:kept])
        following = replace(
            run, counts=run.counts + counts_of(report), position=place if place is not None else run.position
        )
        if place is None:
            rehearsed = run.state is ImportState.REHEARSING
            ended = ImportState.REHEARSED if rehearsed else ImportState.DONE
            following = replace(following, state=ended, finished_at=work.context.now)
            store(work, run, following)
            if not rehearsed:
                path = sheet_path(work.data_folder, run.id)
                work.session.after_commit(lambda: path.unlink(missing_ok=True))
        elif part.last:
            go_on(work, run, following)
            following = replace(following, leg=run.leg + 1)
        else:
            store(work, run, following)
        return following

    def _take_back(self, workplace: Workplace, run: ImportRun, began: float) -> None:
        while run.state is ImportState.UNDOING:
            last = self.clock.monotonic() - began > LEG

            def step(session: Session, held: ImportRun = run, last: bool = last) -> ImportRun:
                context = owner_context(session, workplace, held, self.clock.now())
                undoing = replace(context, cause=UNDO)
                return workplace.act(session, undoing, lambda work: self._undo(work, held, last))

            run = workplace.database.write(step)
            if last:
                return

    def _undo(self, work: Work, run: ImportRun, last: bool) -> ImportRun:
        taken = take_back(work, entity_of(work, run), encode_id(run.id), run.position)
        kept = [replace(one, line=run.kept + at) for at, one in enumerate(taken.kept, start=1)]
        keep_refused(work.session, run.id, kept[: max(0, MOST_KEPT - run.kept)])
        following = replace(run, undone=run.undone + taken.undone, kept=run.kept + len(taken.kept))
        if taken.place is None:
            following = replace(following, state=ImportState.UNDONE, finished_at=work.context.now)
            store(work, run, following)
        elif last:
            following = replace(following, position=taken.place)
            go_on(work, run, following)
        else:
            following = replace(following, position=taken.place)
            store(work, run, following)
        return following

    def _fail(self, workplace: Workplace, run: ImportRun, error: DougongError) -> None:
        def fail(session: Session) -> None:
            now = run_of(session, run.id)
            if now is not None and now.leg == run.leg and now.state in WORKING:
                failed = replace(now, state=_FAILED[now.state], problem=error.message.text(run.locale))
                save_run(session, failed, now)

        workplace.database.write(fail)


class Begun(Protocol):
    """What somebody has begun that a job carries on."""

    @property
    def user(self) -> int: ...
    @property
    def post(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def zone(self) -> str: ...


def acting_for(session: Session, workplace: Workplace, begun: Begun, now: datetime) -> Context:
    """Who began something, with what they may do at this moment. Raises ImportFailed when they may do nothing more."""
    user = user_by_id(session, begun.user)
    if user is None or user.disabled:
        raise ImportFailed(Message("发起的人已停用", "Who began it may not sign in any more"))
    at = Circumstances(now, begun.locale, begun.zone)
    standing = standing_of(session, workplace.models.current(), user.id, at.day, begun.post)
    return context_of(user, standing, at)


def owner_context(session: Session, workplace: Workplace, run: ImportRun, now: datetime) -> Context:
    """Who brings the sheet in, as one act of the import. Raises what `acting_for` raises."""
    return replace(acting_for(session, workplace, run, now), cause=CAUSE, run=encode_id(run.id))
