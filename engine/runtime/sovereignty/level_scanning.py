"""Scanning by itself: every night, and after fields have changed, all fields are classified anew by a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.level_rules import level_rules
from engine.runtime.jobs import Job, enqueue, oldest_about
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.sovereignty.columns import ColumnLevel
from engine.runtime.sovereignty.field_scan import scan
from engine.runtime.sovereignty.level_tables import findings, keep_findings
from engine.runtime.sovereignty.levels import FieldName
from engine.runtime.work import Work, Workplace

SCAN = "scan_levels"
ABOUT = ""
HOUR = time(3, 45)


class LevelClock:
    """Queues a scan when its hour has come, or when fields are served that no scan has seen."""

    def __init__(self, workplace: Workplace, zone: str) -> None:
        self._workplace = workplace
        self._zone = zone
        self._seen: AppModel | None = None

    def look(self, now: datetime) -> bool:
        """Queue a scan when one is due and none is queued; whether it was queued now."""
        model = self._workplace.models.current()
        context = Context(Principal(0, SCAN, frozenset(), service=SCAN), now, zone=self._zone, cause=SCAN)
        changed = model is not self._seen
        due = self._workplace.read(context, lambda work: _due(work, self._zone, changed))
        if due:
            self._workplace.write(context, lambda work: enqueue(work, SCAN, ABOUT, {}))
        self._seen = model
        return due


@dataclass(frozen=True, slots=True)
class LevelScanner:
    """Does a scan. Satisfies engine.installation.job_runner.Outside."""

    zone: str

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        context = Context(Principal(0, SCAN, frozenset(), service=SCAN), now, zone=self.zone, cause=SCAN)
        scan_fields(workplace, context)


def scan_fields(workplace: Workplace, context: Context) -> None:
    """Classify all fields, reading first and writing afterwards, so that nobody waits for it."""
    found = workplace.read(context, lambda work: scan(work.session, work.model))
    workplace.write(context, partial(_keep, found))


def _keep(found: list[tuple[FieldName, ColumnLevel]], work: Work) -> None:
    keep_findings(work.session, found, work.context.now)
    remember_moment(work.session, SCAN, work.context.now)


def _due(work: Work, zone: str, changed: bool) -> bool:
    if oldest_about(work.session, ABOUT, SCAN) is not None:
        return False
    here = work.context.now.astimezone(ZoneInfo(zone))
    hour = datetime.combine(here.date(), HOUR, here.tzinfo)
    last = last_moment(work.session, SCAN)
    if last is None or last < (hour if here >= hour else hour - timedelta(days=1)):
        return True
    return changed and _unseen(work)


def _unseen(work: Work) -> bool:
    """Whether there are fields, or rules, that the last scan did not know."""
    known = findings(work.session)
    fields = {(entity.name, name) for entity in work.model.entities.values() for name in entity.fields}
    version = level_rules().version
    return known.keys() != fields or any(one.rules != version for one in known.values())
