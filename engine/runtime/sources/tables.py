"""Runs of sources as rows: when, how many, how they ended. Never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.sources.faults import AlreadyRunning

SOURCE_RUN = "dougong_source_run"
LONGEST_RUN = timedelta(hours=1)
"""A run that has not ended by then died with its process; the next one may start."""

_COUNTS = ("read", "created", "updated", "unchanged", "refused")
SOURCE_RUN_TABLE = Table(
    SOURCE_RUN,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("source", PhysicalKind.TEXT, nullable=False),
        Column("started_at", PhysicalKind.INTEGER, nullable=False),
        Column("ended_at", PhysicalKind.INTEGER),
        *(Column(name, PhysicalKind.INTEGER, nullable=False) for name in _COUNTS),
        Column("error", PhysicalKind.TEXT),
        Column("user_id", PhysicalKind.INTEGER),
    ),
    indexes=(Index("dougong_source_run__source", ("source", "started_at")),),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a run: read, and what became of them."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in _COUNTS))

    def as_row(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in _COUNTS}


@dataclass(frozen=True, slots=True)
class SourceRun:
    """A recorded run; `error` is the stable word of what ended it, None when it came to its end."""

    id: int
    source: str
    started: datetime
    ended: datetime | None
    counts: Counts
    error: str | None


def begin_run(session: Session, run: int, source: str, now: datetime, user: int | None) -> None:
    """Record that a run starts. Raises AlreadyRunning while another one of the source is under way."""
    if _under_way(session, run, source, now):
        raise AlreadyRunning
    row = {"id": run, "source": source, "started_at": to_micros(now), "ended_at": None, "error": None, "user_id": user}
    insert(session, SOURCE_RUN, {**row, **Counts().as_row()})


def confirm_run(session: Session, run: int, source: str, now: datetime) -> bool:
    """Look again in a later transaction than the beginning: of runs that began unseen by each other, each withdraws."""
    if not _under_way(session, run, source, now):
        return True
    forget_run(session, run)
    return False


def forget_run(session: Session, run: int) -> None:
    """Take a run back that was none."""
    delete(session, SOURCE_RUN, {"id": run})


def _under_way(session: Session, run: int, source: str, now: datetime) -> bool:
    """Whether another run of the source is under way; one that starts far ahead died under a clock that went back since."""
    since, until = to_micros(now - LONGEST_RUN), to_micros(now + LONGEST_RUN)
    where = {"source": source, "started_at >": since, "started_at <": until, "ended_at is null": None, "id <>": run}
    return bool(select(session, SOURCE_RUN, ("id",), where, limit=1))


def end_run(session: Session, run: int, now: datetime, counts: Counts, error: str | None) -> None:
    """Record how a run ended."""
    update(session, SOURCE_RUN, {"ended_at": to_micros(now), "error": error, **counts.as_row()}, {"id": run})


def runs_of(session: Session, source: str, limit: int = 10, upto: datetime | None = None) -> list[SourceRun]:
    """The newest runs of a source first, of those that started up to an instant."""
    names = ("id", "source", "started_at", "ended_at", *_COUNTS, "error")
    where = {"source": source} | ({"started_at <=": to_micros(upto)} if upto is not None else {})
    rows = select(session, SOURCE_RUN, names, where, ("-started_at", "-id"), limit)
    return [_run(row) for row in rows]


def last_runs(session: Session, sources: Iterable[str], upto: datetime | None = None) -> dict[str, SourceRun]:
    """The newest run of each source that ever ran, up to an instant."""
    return {name: runs[0] for name in sources if (runs := runs_of(session, name, 1, upto))}


def _run(row: Row) -> SourceRun:
    counts = Counts(*(int(str(value)) for value in row[4:9]))
    ended = None if row[3] is None else from_micros(int(str(row[3])))
    error = None if row[9] is None else str(row[9])
    return SourceRun(int(str(row[0])), str(row[1]), from_micros(int(str(row[2]))), ended, counts, error)
