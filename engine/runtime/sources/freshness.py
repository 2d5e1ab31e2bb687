"""Freshness: as of when the rows of an entity are that sources bring, whether that is as promised, and whether the other side
is heard of at all. Read once in a unit of work, and only for entities that sources fill."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.model.sources import Source, SourceStamp, least_fresh
from engine.runtime.database.protocol import Session
from engine.runtime.sources.schedule import latest_slot
from engine.runtime.sources.standing import Standing, standings
from engine.runtime.sources.tables import SourceRun, last_runs, runs_of
from engine.runtime.work import Work

GRACE = timedelta(minutes=30)
"""What a run may take after its slot before its rows count as late."""
LOOKED_BACK = 50
"""Runs among which the beginning of a failure is looked for."""


def stamp_of(work: Work, entity: str) -> SourceStamp | None:
    """The stamp of an entity's rows: of several sources that ever ran the stalest, one that fails first; None where no source
    fills it."""
    filling = [one for one in work.model.sources.values() if one.entity == entity]
    if not filling:
        return None
    now, zone = work.context.now, work.context.zone
    return work.read_once(f"source stamp {entity}", lambda session: _worst(session, filling, now, zone))


def _worst(session: Session, filling: list[Source], now: datetime, zone: str) -> SourceStamp | None:
    names = [one.name for one in filling]
    stands, runs = standings(session, names), last_runs(session, names)
    stamps = [_stamp(session, one, stands[one.name], runs.get(one.name), (now, zone)) for one in filling]
    return least_fresh(stamps) or stamps[0]


def _stamp(
    session: Session, source: Source, stands: Standing, last: SourceRun | None, at: tuple[datetime, str]
) -> SourceStamp:
    failed = last is not None and (last.error is not None or (last.ended is None and stands.failures > 0))
    since = _down_since(session, source.name) if failed else None
    return SourceStamp(source.label, stands.read_at, failed, _late(source, stands.read_at, *at), since)


def _late(source: Source, read: datetime | None, now: datetime, zone: str) -> bool:
    """Whether a slot of the schedule has passed, with time to run, since rows were last read."""
    if source.schedule is None or read is None:
        return False
    return read < latest_slot(source.schedule, now - GRACE, zone)


def _down_since(session: Session, source: str) -> datetime | None:
    """When the first of the runs began of which none has come to its end since."""
    began = None
    for run in runs_of(session, source, LOOKED_BACK):
        if run.error is None and run.ended is not None:
            break
        began = run.started
    return began
