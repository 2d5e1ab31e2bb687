"""Retention: what is kept for a time and then removed, in small transactions that a full disk still has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from engine.model.app import AppModel
from engine.runtime.bulk_runs.tables import BULK, BULK_ROW
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.drafts import DRAFT
from engine.runtime.events import CURSOR, EVENT
from engine.runtime.idempotency import KEY
from engine.runtime.identifiers import first_id_at
from engine.runtime.identity.tables import SESSION, TICKET, TOKEN
from engine.runtime.instants import to_micros
from engine.runtime.moments import remember_moment
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.rows import delete, select
from engine.runtime.schema.operations import TOMBSTONE
from engine.runtime.schema.tombstones import purge
from engine.runtime.settings import Settings
from engine.runtime.sources.refusals import REFUSAL
from engine.runtime.sources.tables import SOURCE_RUN
from engine.runtime.sovereignty.ledger import EGRESS
from engine.runtime.sovereignty.subjects.holds import holds_of, rows_held
from engine.runtime.storage.tables import version_table_name
from engine.runtime.transfer.sweeping import sweep_sheets
from engine.runtime.transfer.tables import IMPORT, PROBLEM, SHEETS, WAITING, ImportState

PRUNE = "prune"
ID = ("id",)
BATCH = 500
"""Rows that one transaction removes at most."""
UPLOADING = timedelta(days=1)
"""How long a sheet may be there before its import."""
Batch = Callable[[Session], int]
"""Removes up to `BATCH` rows; how many it looked at: with fewer than `BATCH` it is done."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went, by table, files of sheets, and retired columns and tables."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def prune(database: Database, model: AppModel, settings: Settings, now: datetime) -> Pruned:
    """Remove what is older than the settings keep it. May be broken off anywhere and begun again."""
    gone: dict[str, int] = {}
    for table, batch in _batches(settings, now):
        gone[table] = gone.get(table, 0) + _until_done(database, batch)
    if settings.retention_history:
        before = to_micros(now - timedelta(days=settings.retention_history))
        held = database.read(lambda session: rows_held(session, model))
        for entity in model.entities:
            table, kept = version_table_name(entity), held.get(entity, frozenset())
            gone[table] = _prune_history(database, table, before, kept)
    if settings.retention_retired and not database.read(holds_of):
        gone[TOMBSTONE] = len(purge(database, to_micros(now - timedelta(days=settings.retention_retired))))
    gone[SHEETS] = sweep_sheets(database, settings.data, first_id_at(now - UPLOADING))
    database.reclaim(lambda session: remember_moment(session, PRUNE, now))
    return Pruned({table: count for table, count in gone.items() if count})


def _until_done(database: Database, batch: Batch) -> int:
    total = 0
    while True:
        count = database.reclaim(batch)
        total += count
        if count < BATCH:
            return total


def _batches(settings: Settings, now: datetime) -> Iterator[tuple[str, Batch]]:
    """What is kept for a number of days; none for 0, which keeps for good."""

    def instant(days: int) -> int:
        return to_micros(now - timedelta(days=days))

    def identity(days: int) -> int:
        return first_id_at(now - timedelta(days=days))

    if days := settings.retention_events:
        bound = identity(days)
        yield EVENT, partial(_prune_events, bound=bound)
    if days := settings.retention_runs:
        first = identity(days)
        for table in (SOURCE_RUN, REFUSAL, EGRESS):
            yield table, partial(_prune, table=table, key=ID, where={"id <": first})
        yield PROBLEM, partial(_prune, table=PROBLEM, key=ID, where={"import <": first})
        yield IMPORT, partial(_prune, table=IMPORT, key=ID, where={"id <": first})
        yield BULK_ROW, partial(_prune, table=BULK_ROW, key=ID, where={"bulk <": first})
        yield BULK, partial(_prune, table=BULK, key=ID, where={"id <": first})
        yield DELIVERY, partial(_prune, table=DELIVERY, key=ID, where={"sent_at <": instant(days)})
    keys = instant(settings.retention_keys)
    yield KEY, partial(_prune, table=KEY, key=("user_id", "key"), where={"created_at <": keys})
    drafts = instant(settings.retention_drafts)
    yield DRAFT, partial(_prune, table=DRAFT, key=("user_id", "entity", "record"), where={"saved_at <": drafts})
    first = identity(settings.retention_drafts)
    yield PROBLEM, partial(_prune_rehearsed, before=first)
    for state in WAITING:
        yield IMPORT, partial(_prune, table=IMPORT, key=ID, where={"id <": first, "state": state.value})
    ended = instant(settings.retention_sessions)
    for table, key in ((SESSION, ("token",)), (TOKEN, ID), (TICKET, ("ticket",))):
        yield table, partial(_prune, table=table, key=key, where={"expires_at <": ended})


def _prune(session: Session, table: str, key: tuple[str, ...], where: dict[str, object]) -> int:
    """Up to `BATCH` rows, each by its key: many may be of one instant."""
    rows = [dict(zip(key, row, strict=True)) for row in select(session, table, key, where, limit=BATCH)]
    return sum(delete(session, table, row) for row in rows)


def _prune_rehearsed(session: Session, before: int) -> int:
    """What rehearsals refused of imports that nobody began."""
    where = {"id <": before, "state": ImportState.REHEARSED.value}
    runs = [row[0] for row in select(session, IMPORT, ID, where)]
    return _prune(session, PROBLEM, ID, {"import in": runs}) if runs else 0


def _prune_events(session: Session, bound: int) -> int:
    """Events that every subscriber has read; without subscribers all that are old enough."""
    where: dict[str, object] = {"id <": bound}
    read = [(int(str(row[0])), int(str(row[1]))) for row in select(session, CURSOR, ("transaction", "event"))]
    if read and session.dialect == "sqlite":
        where = {"id <": min(bound, min(event for _, event in read) + 1)}
    elif read:
        where["transaction <"] = min(transaction for transaction, _ in read)
    return _prune(session, EVENT, ID, where)


def _prune_history(database: Database, table: str, before: int, held: frozenset[int]) -> int:
    """Versions that another one took the place of before an instant; the newest of each record stays, also a deleted one's,
    and all of those that a legal hold keeps."""
    gone, at = 0, -1
    while True:
        found = database.read(partial(_versions, table=table, after=at))
        if not found:
            return gone
        ended = (row for row in found if row[2] is not None and row[0] not in held)
        old = [(row[0], row[1]) for row in ended if int(str(row[2])) < before]
        gone += database.reclaim(partial(_remove_versions, table=table, versions=old)) if old else 0
        first, last = int(str(found[0][0])), int(str(found[-1][0]))
        at = last if len(found) < BATCH or first == last else last - 1


def _versions(session: Session, table: str, after: int) -> list[Row]:
    """The next versions, those of the last record perhaps not all."""
    names = ("record", "version", "valid_to")
    return select(session, table, names, {"record >": after}, ("record", "version"), BATCH)


def _remove_versions(session: Session, table: str, versions: list[tuple[object, object]]) -> int:
    return sum(delete(session, table, {"record": record, "version": version}) for record, version in versions)
