"""Freshness: as of when the rows of an entity are that sources bring, whether that is as promised, and whether the other side
is heard of at all. Read once in a unit of work for all sources, and only where an entity is looked at that one fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlglot import exp, parse_one

from engine.model.sources import Source, SourceStamp, least_fresh
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Dialect, Statement, StatementCache, compile_statement
from engine.runtime.instants import from_micros
from engine.runtime.sources.schedule import latest_slot
from engine.runtime.sources.standing import STANDING
from engine.runtime.sources.tables import SOURCE_RUN, runs_of
from engine.runtime.work import Work

GRACE = timedelta(minutes=30)
"""What a run may take after its slot before its rows count as late."""
LOOKED_BACK = 50
"""Runs among which the beginning of a failure is looked for."""
_NEWEST = """
SELECT named.source, standing.read_at,
    run.id IS NOT NULL AND (run.error IS NOT NULL OR (run.ended_at IS NULL AND standing.failures > 0)) AS failing
FROM ({named}) AS named
LEFT JOIN {standing} AS standing ON standing.source = named.source
LEFT JOIN {run} AS run ON run.id = (
    SELECT last.id FROM {run} AS last WHERE last.source = named.source ORDER BY last.started_at DESC, last.id DESC LIMIT 1
)
"""
_ASKED = StatementCache()


@dataclass(frozen=True, slots=True)
class _Newest:
    """As of when a source was read to the end, and whether its newest run failed, or is a repetition under way."""

    read: datetime | None
    failing: bool

    @classmethod
    def of(cls, row: Row) -> _Newest:
        """Of the columns of a row, in order."""
        read, failing = row
        return cls(None if read is None else from_micros(int(str(read))), bool(failing))


def stamp_of(work: Work, entity: str) -> SourceStamp | None:
    """The stamp of an entity's rows: of several sources that ever ran the stalest, one that fails first; None where no source
    fills it."""
    filling = [one for one in work.model.sources.values() if one.entity == entity]
    if not filling:
        return None
    newest = work.read_once("newest runs of sources", lambda session: _newest(session, tuple(work.model.sources)))
    stamps = [_stamp(work, one, newest[one.name]) for one in filling]
    return least_fresh(stamps) or stamps[0]


def _newest(session: Session, names: tuple[str, ...]) -> Mapping[str, _Newest]:
    """How each source stands and how its newest run went, in one statement whatever their number."""
    statement = _ASKED.get((session.dialect, names), lambda: _asking(session.dialect, names))
    return {str(row[0]): _Newest.of(row[1:]) for row in session.rows(statement)}


def _asking(dialect: Dialect, names: Iterable[str]) -> Statement:
    named = " UNION ALL ".join(f"SELECT {exp.Literal.string(name).sql()} AS source" for name in names)
    text = _NEWEST.format(named=named, standing=STANDING, run=SOURCE_RUN)
    return compile_statement(parse_one(text, read=dialect), dialect)


def _stamp(work: Work, source: Source, newest: _Newest) -> SourceStamp:
    since = None
    if newest.failing:
        name = f"failing since {source.name}"
        since = work.read_once(name, lambda session: _down_since(session, source.name))
    late = _late(source, newest.read, work.context.now, work.context.zone)
    return SourceStamp(source.label, newest.read, newest.failing, late, since)


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
