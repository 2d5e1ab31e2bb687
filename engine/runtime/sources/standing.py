"""How a source stands: where an incremental run goes on, as of when its rows are, what they are like, when it is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engine.model.names import empty_map
from engine.model.sources import Source
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_first, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.sources.refusals import REFUSAL
from engine.runtime.sources.seen import forget_versions
from engine.runtime.sources.shapes import Drift, Shape

STANDING = "dougong_source_standing"
STANDING_TABLE = Table(
    STANDING,
    (
        Column("source", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("cursor", PhysicalKind.TEXT),
        Column("read_at", PhysicalKind.INTEGER),
        Column("shape", PhysicalKind.TEXT),
        Column("drift", PhysicalKind.TEXT),
        Column("failures", PhysicalKind.INTEGER, nullable=False),
        Column("retry_at", PhysicalKind.INTEGER),
    ),
    primary_key=("source",),
)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
MOST_RETRIES = 5
"""After so many failures one after another a source waits for its next slot, or for somebody."""
_COLUMNS = ("source", "cursor", "read_at", "shape", "drift", "failures", "retry_at")


@dataclass(frozen=True, slots=True)
class Standing:
    """`cursor` is what the connector gave last with all rows before it written; `read_at` is when a run last came to its end;
    `drift` is what the newest run found changed in its rows, until somebody takes it for normal.
    """

    source: str
    cursor: Mapping[str, object] | None = None
    read_at: datetime | None = None
    shape: Shape = field(default_factory=empty_map)
    drift: tuple[Drift, ...] = ()
    failures: int = 0
    retry_at: datetime | None = None

    def failed(self, now: datetime) -> Standing:
        """After a run that may succeed later: tried again after 5 minutes, 15, 45, …, a bounded number of times."""
        failures = self.failures + 1
        wait = min(FIRST_RETRY * 3 ** (failures - 1), LONGEST_RETRY)
        return replace(self, failures=failures, retry_at=now + wait if failures < MOST_RETRIES else None)

    def rested(self) -> Standing:
        """After a run that a repetition would not help."""
        return replace(self, failures=0, retry_at=None)


def standing_of(session: Session, source: str) -> Standing:
    """How a source stands; one that never ran stands at its beginning."""
    found = select(session, STANDING, _COLUMNS, {"source": source})
    return _standing(found[0]) if found else Standing(source)


def standings(session: Session, sources: Iterable[str]) -> dict[str, Standing]:
    """How each of the sources stands."""
    known = {str(row[0]): _standing(row) for row in select(session, STANDING, _COLUMNS)}
    return {name: known.get(name, Standing(name)) for name in sources}


def keep_standing(session: Session, source: Source, standing: Standing) -> None:
    """Store how a source stands."""
    row = {"entity": source.entity, **_row(standing)}
    if not update(session, STANDING, row, {"source": source.name}):
        insert_first(session, STANDING, {"source": source.name, **row})


def move_cursor(session: Session, source: Source, cursor: Mapping[str, object]) -> None:
    """Go on from here next time, in the transaction that writes the rows before it."""
    keep_standing(session, source, replace(standing_of(session, source.name), cursor=cursor))


def forget_sources(session: Session, entity: str) -> None:
    """What is kept of the sources that filled an entity whose data is erased."""
    for (source,) in select(session, STANDING, ("source",), {"entity": entity}):
        forget_versions(session, str(source))
    for table in (STANDING, REFUSAL):
        delete(session, table, {"entity": entity})


def _row(one: Standing) -> dict[str, object]:
    return {
        "cursor": None if one.cursor is None else json.dumps(one.cursor, ensure_ascii=False),
        "read_at": None if one.read_at is None else to_micros(one.read_at),
        "shape": json.dumps(dict(one.shape), ensure_ascii=False) if one.shape else None,
        "drift": json.dumps([[drift.field, drift.before, drift.now] for drift in one.drift]) if one.drift else None,
        "failures": one.failures,
        "retry_at": None if one.retry_at is None else to_micros(one.retry_at),
    }


def _standing(row: Row) -> Standing:
    source, cursor, read_at, shape, drift, failures, retry_at = row
    return Standing(
        str(source),
        None if cursor is None else json.loads(str(cursor)),
        None if read_at is None else from_micros(int(str(read_at))),
        empty_map() if shape is None else {name: tuple(one) for name, one in json.loads(str(shape)).items()},
        () if drift is None else tuple(Drift(*one) for one in json.loads(str(drift))),
        int(str(failures)),
        None if retry_at is None else from_micros(int(str(retry_at))),
    )
