"""A run of a source: read, write in batches by the import path, count, record. A second run of the same rows changes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock, EgressClient, SourceFile, SourceReach, SourceRow, Worker
from engine.model.context import Context, Principal
from engine.model.sources import Source
from engine.runtime.identifiers import encode_id
from engine.runtime.settings import Settings
from engine.runtime.sources.faults import AlreadyRunning, NoSuchSource, SourceFault
from engine.runtime.sources.files import INBOX
from engine.runtime.sources.registry import CONNECTORS
from engine.runtime.sources.tables import LONGEST_RUN, Counts, begin_run, confirm_run, end_run
from engine.runtime.sources.values import RowUnusable, texts_of
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.transfer.importing import ImportPlan, ImportReport, import_sheet
from engine.runtime.transfer.sheets import ROW_LIMIT, Sheet
from engine.runtime.work import Workplace

BATCH = 200
"""Rows written in one transaction: a run never keeps other writers waiting for long."""
PROBLEMS_KEPT = 1000
SECRET_PREFIX = "DOUGONG_SECRET_"


@dataclass(frozen=True, slots=True)
class RowRefused:
    """Why one row, or one value of it, was not taken."""

    position: Message
    field: str
    message: Message


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a run did or, on a dry run, would do; `fault` is what ended it before its end."""

    source: str
    counts: Counts
    problems: tuple[RowRefused, ...]
    fault: DougongError | None

    @property
    def error(self) -> str | None:
        """The stable word of the fault."""
        return None if self.fault is None else str(self.fault.details.get("reason", self.fault.code))


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """What to run: a source by name, a file given for it, whether only to rehearse, and who asks."""

    source: str
    file: SourceFile | None = None
    dry_run: bool = False
    user: int | None = None


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
                lambda session: end_run(session, run, self.clock.now(), ended.counts, ended.error)
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
        progress, began = _Progress(source, order.dry_run), self.clock.monotonic()
        fault: DougongError | None = None
        try:
            _check(source)
            rows = CONNECTORS[source.kind].rows(source, context, self._reach(source, order.file))
            for batch, ended_by in _batches(rows):
                progress.take(batch, lambda plan, sheet: self._write(context, plan, sheet))
                fault = ended_by or self._lateness(began)
                if fault is not None:
                    break
        except DougongError as error:
            fault = error
        return SourceReport(source.name, progress.counts, tuple(progress.problems), fault)

    def _lateness(self, began: float) -> SourceFault | None:
        """A run ends long before the next one would take it for dead, however the clock is set meanwhile."""
        if self.clock.monotonic() - began <= LONGEST_RUN.total_seconds() / 2:
            return None
        return SourceFault("timed_out", "运行超过半小时，已停止", "The run took over half an hour and was stopped")

    def _write(self, context: Context, plan: ImportPlan, sheet: Sheet) -> ImportReport:
        now = replace(context, now=self.clock.now())
        return self.workplace.write(now, lambda work: import_sheet(work, plan, sheet))

    def _reach(self, source: Source, file: SourceFile | None) -> SourceReach:
        destinations = self.workplace.models.current().destinations
        destination = destinations.get(source.destination) if source.destination else None
        inbox = self.workplace.data_folder / INBOX
        return SourceReach(self.egress, destination, inbox, self._secret, self.clock, self.wait, self.worker, file)

    def _secret(self, name: str) -> str:
        variable = SECRET_PREFIX + name.upper()
        if not self.secrets.get(variable):
            raise SourceFault("no_secret", f"没有设置环境变量 {variable}", f"The environment has no {variable}")
        return self.secrets[variable]


def runner_of(workplace: Workplace, clock: Clock, settings: Settings, worker: Worker) -> SourceRunner:
    """The runner of an installation, with its egress gate; `worker` reads files."""
    gate = EgressGate(workplace.database, workplace.models, workplace.ids, clock, settings.authorities)
    return SourceRunner(workplace, gate, clock, settings.zone, worker)


def _batches(rows: Iterator[SourceRow]) -> Iterator[tuple[list[SourceRow], DougongError | None]]:
    """Rows in batches; a fault comes with the rows that were read before it, which are written all the same."""
    while True:
        batch: list[SourceRow] = []
        try:
            for row in islice(rows, BATCH):
                batch.append(row)  # one by one: those before a fault stay
        except DougongError as error:
            yield batch, error
            return
        if not batch:
            return
        yield batch, None


@dataclass(slots=True)
class _Progress:
    """What a run has done so far."""

    source: Source
    dry_run: bool
    counts: Counts = field(default_factory=Counts)
    problems: list[RowRefused] = field(default_factory=list)
    keys: set[tuple[str, ...]] = field(default_factory=set)

    def take(self, batch: list[SourceRow], write: Callable[[ImportPlan, Sheet], ImportReport]) -> None:
        """Write one batch: rows that are wrong in themselves are refused, the others go the way of every import."""
        if self.counts.read + len(batch) > ROW_LIMIT:
            raise SourceFault("too_many_rows", f"超过 {ROW_LIMIT} 行", f"There are over {ROW_LIMIT} rows")
        names = tuple(self.source.fields)
        sound = list(self._sound(batch))
        sheet = Sheet(
            names, tuple(tuple(texts[name] for name in names) for _, texts in sound), tuple(range(len(sound)))
        )
        plan = ImportPlan(self.source.entity, {name: name for name in names}, self.source.key, self.dry_run)
        report = write(plan, sheet)
        refused = {one.line for one in report.problems}
        self._keep(RowRefused(sound[one.line][0].position, one.column, one.message) for one in report.problems)
        self.counts += Counts(
            read=len(batch),
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged,
            refused=len(refused) + len(batch) - len(sound),
        )

    def _sound(self, batch: list[SourceRow]) -> Iterator[tuple[SourceRow, dict[str, str]]]:
        for row in batch:
            try:
                texts = texts_of(row.values)
                self._check_key(texts)
            except DougongError as error:
                self._keep([RowRefused(row.position, str(error.details.get("field", "")), error.message)])
            else:
                yield row, texts

    def _check_key(self, texts: Mapping[str, str]) -> None:
        """A row without a key could be created again and again; two of one key would overwrite each other every time."""
        empty = [name for name in self.source.key if not texts[name].strip()]
        if empty:
            raise RowUnusable(Message("识别行的字段为空", "A field that identifies the row is empty"), field=empty[0])
        key = tuple(texts[name].strip() for name in self.source.key)
        if key in self.keys:
            words = Message("与本次前面的一行键相同", "An earlier row of this run has the same key")
            raise RowUnusable(words, field=self.source.key[0])
        self.keys.add(key)

    def _keep(self, problems: Iterator[RowRefused] | list[RowRefused]) -> None:
        self.problems += islice(problems, max(0, PROBLEMS_KEPT - len(self.problems)))


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
