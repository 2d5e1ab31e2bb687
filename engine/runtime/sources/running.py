"""A run of a source: read, write in batches by the import path, count, record. A second run of the same rows changes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.diagnostics import DougongError
from engine.extensions import Checkpoint, Clock, EgressClient, SourceFault, SourceFile, SourceReach, SourceRow, Worker
from engine.model.context import Context, Principal
from engine.model.sources import Source
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.settings import Settings
from engine.runtime.sources.faults import AlreadyRunning, NoSuchSource
from engine.runtime.sources.files import INBOX
from engine.runtime.sources.intake import Cursor, Intake, RowRefused
from engine.runtime.sources.kept_secrets import kept_secret
from engine.runtime.sources.patience import Calls
from engine.runtime.sources.refusals import refusals_of
from engine.runtime.sources.registry import connectors
from engine.runtime.sources.shapes import Drift, Shape, drifts
from engine.runtime.sources.standing import keep_standing, standing_of
from engine.runtime.sources.tables import LONGEST_RUN, Counts, begin_run, confirm_run, end_run, forget_run
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.work import Work, Workplace

BATCH = 200
"""Rows written in one transaction: a run never keeps other writers waiting for long."""
PASSING = frozenset(
    {"unresolved", "unreachable", "tls", "timed_out", "broken", "rate_limited", "bad_status", "internal_error"}
)
"""Reasons that may be gone when a source is tried again."""
SECRET_PREFIX = "DOUGONG_SECRET_"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a run did or, on a dry run, would do; `fault` is what ended it before its end, `drift` what its rows have changed."""

    source: str
    counts: Counts
    problems: tuple[RowRefused, ...]
    fault: DougongError | None
    drift: tuple[Drift, ...] = ()

    @property
    def error(self) -> str | None:
        """The stable word of the fault."""
        return None if self.fault is None else str(self.fault.details.get("reason", self.fault.code))


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """What to run: a source by name, a file given for it, whether only to rehearse, and who asks.

    `refused` takes up the rows that were refused and reads nothing: it keeps runs off while it lasts, and is none; `afresh` reads all from the beginning and takes the
    newest state of each row once more.
    """

    source: str
    file: SourceFile | None = None
    dry_run: bool = False
    user: int | None = None
    refused: bool = False
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class SourceRunner:
    """Runs sources of an installation. Never called inside a unit of work: it opens its own."""

    workplace: Workplace
    egress: EgressClient
    clock: Clock
    zone: str
    worker: Worker
    secrets: Mapping[str, str] = field(default_factory=lambda: os.environ)
    wait: Callable[[float], None] = time.sleep

    def run(self, order: SourceOrder) -> SourceReport:
        """Read and write a source. Raises NoSuchSource, AlreadyRunning; what else goes wrong is in the report."""
        source = self.workplace.models.current().sources.get(order.source)
        if source is None:
            raise NoSuchSource(order.source)
        run = self.workplace.ids.next()
        context = self._context(source, run)
        if order.dry_run:
            return self._read_and_write(source, context, order)
        self._begin(run, source, context.now, order.user)
        report = SourceReport(source.name, Counts(), (), _crashed())
        try:
            report = self._read_and_write(source, context, order)
        finally:
            ended = report
            self.workplace.database.write(
                lambda session: (
                    forget_run(session, run)
                    if order.refused
                    else end_run(session, run, self.clock.now(), ended.counts, ended.error)
                )
            )
        return report

    def _begin(self, run: int, source: Source, now: datetime, user: int | None) -> None:
        """Record the start. Raises AlreadyRunning."""
        database = self.workplace.database
        database.write(lambda session: begin_run(session, run, source.name, now, user))
        if not database.write(lambda session: confirm_run(session, run, source.name, now)):
            raise AlreadyRunning

    def _context(self, source: Source, run: int) -> Context:
        service = f"source:{source.name}"
        principal = Principal(0, source.label.text("zh"), frozenset(source.roles), service=service)
        return Context(principal, self.clock.now(), zone=self.zone, cause=service, run=encode_id(run))

    def _read_and_write(self, source: Source, context: Context, order: SourceOrder) -> SourceReport:
        intake, began = Intake(source, order.dry_run, order.afresh, order.refused), self.clock.monotonic()
        fault: DougongError | None = None
        try:
            _check(source)
            for batch, cursor, ended_by in _batches(self._rows(source, context, order)):
                intake.take(batch, cursor, lambda act: self.workplace.write(self._now(context), act))
                fault = ended_by or self._lateness(began)
                if fault is not None:
                    break
        except DougongError as error:
            fault = error
        report = SourceReport(source.name, intake.counts, tuple(intake.problems), fault)
        if not order.dry_run and not order.refused:
            report = self._stood(source, report, intake.shape.shape(), context.now)
        return report

    def _rows(self, source: Source, context: Context, order: SourceOrder) -> Iterator[SourceRow | Checkpoint]:
        if order.refused:
            return iter(self.workplace.read(context, lambda work: _refused_rows(work, source)))
        standing = self.workplace.database.read(lambda session: standing_of(session, source.name))
        cursor = None if order.afresh or order.file is not None else standing.cursor
        return connectors()[source.kind].rows(source, context, self.reach(source, context, order.file, cursor))

    def _stood(self, source: Source, report: SourceReport, shape: Shape, began: datetime) -> SourceReport:
        """Note how the source stands after a run: as of when its rows are, whether they changed, when it is tried again."""

        def unit(session: Session) -> SourceReport:
            standing = standing_of(session, report.source)
            if report.fault is not None:
                after = standing.failed(self.clock.now()) if report.error in PASSING else standing.rested()
                keep_standing(session, source, after)
                return report
            drift = tuple(drifts(standing.shape, shape))
            kept = standing.shape if drift else {**standing.shape, **shape}
            keep_standing(session, source, replace(standing.rested(), read_at=began, shape=kept, drift=drift))
            return replace(report, drift=drift)

        return self.workplace.database.write(unit)

    def _lateness(self, began: float) -> SourceFault | None:
        """A run ends long before the next one would take it for dead, however the clock is set meanwhile."""
        if self.clock.monotonic() - began <= LONGEST_RUN.total_seconds() / 2:
            return None
        return SourceFault("timed_out", "运行超过半小时，已停止", "The run took over half an hour and was stopped")

    def _now(self, context: Context) -> Context:
        return replace(context, now=self.clock.now())

    def reach(
        self, source: Source, context: Context, file: SourceFile | None = None, cursor: Cursor | None = None
    ) -> SourceReach:
        """What the source's connector may reach."""
        destinations = self.workplace.models.current().destinations
        destination = destinations.get(source.destination) if source.destination else None
        inbox = self.workplace.data_folder / INBOX
        calls = Calls(self.egress, context, destination, self.clock, self.wait)
        return SourceReach(calls, self.egress, destination, inbox, self._secret, self.clock, self.worker, file, cursor)

    def _secret(self, name: str) -> str:
        variable = SECRET_PREFIX + name.upper()
        if self.secrets.get(variable):
            return self.secrets[variable]
        workplace = self.workplace
        kept = workplace.database.read(lambda session: kept_secret(session, workplace.key, name))
        if kept is None:
            raise SourceFault(
                "no_secret",
                f"密钥 {name} 没有值：在设计器的数据源中填写，或设置环境变量 {variable}",
                f"The secret {name} has no value: type it in the designer's source, or set {variable}",
            )
        return kept


def runner_of(workplace: Workplace, clock: Clock, settings: Settings, worker: Worker) -> SourceRunner:
    """The runner of an installation, with its egress gate; `worker` reads files."""
    gate = gate_of(workplace, clock, settings.authorities)
    return SourceRunner(workplace, gate, clock, settings.zone, worker)


def _batches(
    found: Iterator[SourceRow | Checkpoint],
) -> Iterator[tuple[list[SourceRow], Cursor | None, DougongError | None]]:
    """Rows in batches, each with the cursor after it where there is one; a fault comes with the rows read before it, which
    are written all the same."""
    batch: list[SourceRow] = []
    try:
        for one in found:
            if isinstance(one, SourceRow):
                batch.append(one)
            if isinstance(one, Checkpoint) or len(batch) == BATCH:
                yield batch, one.cursor if isinstance(one, Checkpoint) else None, None
                batch = []
    except DougongError as error:
        yield batch, None, error
        return
    if batch:
        yield batch, None, None


def _refused_rows(work: Work, source: Source) -> list[SourceRow]:
    """Rows that were refused and have a key."""
    found, after = list[SourceRow](), 0
    while page := refusals_of(work.session, source.name, after):
        found += [SourceRow(one.position, one.cells, one.version) for one in page if one.key is not None]
        after = page[-1].id
    return found


def _check(source: Source) -> None:
    if not source.roles:
        raise SourceFault(
            "no_roles",
            "数据源没有声明 roles:没有权限写入任何行",
            "The source declares no roles: it has no right to write any row",
        )


def _crashed() -> DougongError:
    """What is recorded when an error that nobody foresaw ended a run."""
    return SourceFault("internal_error", "系统出现意外错误", "Something went wrong on our side")
