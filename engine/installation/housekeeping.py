"""Housekeeping: once a night what is older than its time is removed and the tables are measured, as a job like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import structlog

from engine.extensions import Clock
from engine.installation.job_runner import Outside
from engine.model.context import Context, Principal
from engine.runtime.database.protocol import Session
from engine.runtime.jobs import Job, enqueue, oldest_about
from engine.runtime.live_settings import LiveSettings
from engine.runtime.measuring import measure_tables
from engine.runtime.moments import last_moment
from engine.runtime.retention import PRUNE, prune
from engine.runtime.work import Workplace

HOUR = time(3, 0)
"""When the night's work is due, in the installation's zone."""
ABOUT = ""
log = structlog.get_logger("dougong.housekeeping")


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """Queues the night's work when its hour has come, and does it."""

    workplace: Workplace
    live: LiveSettings
    clock: Clock

    def look(self) -> bool:
        """Queue the night's work when it is due and not queued; whether it was queued now."""
        now, database = self.clock.now(), self.workplace.database
        if not database.read(lambda session: self._due(session, now)):
            return False
        context = Context(Principal(0, "housekeeping", frozenset(), service="housekeeping"), now)
        database.reclaim(lambda session: enqueue(self.workplace.open(session, context), PRUNE, ABOUT, {}))
        return True

    def _due(self, session: Session, now: datetime) -> bool:
        if oldest_about(session, ABOUT, PRUNE) is not None:
            return False
        here = now.astimezone(ZoneInfo(self.live.current().zone))
        hour = datetime.combine(here.date(), HOUR, here.tzinfo)
        last = last_moment(session, PRUNE)
        return here >= hour and (last is None or last < hour)

    def steps(self) -> dict[str, Outside]:
        """The job's part."""
        return {PRUNE: self.clean}

    def clean(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Remove what is older than its time, then measure."""
        gone = prune(workplace.database, workplace.models.current(), self.live.current(), now)
        log.info("pruned", **gone.rows)
        measure_tables(workplace.database, now)
