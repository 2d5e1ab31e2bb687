"""Watching a flow that is tried: everything that a piece of work makes, told as what would happen. Names only, no values of records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.runtime.events import ASPECTS, EVENT
from engine.runtime.identifiers import IdSource
from engine.runtime.notices import NOTICE
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import asked_now
from engine.runtime.workflow.flow_events import Completed, Decided, Entered, Failed, Rung
from engine.runtime.workflow.flow_instances import Instance, LogEntry, instance, log_of
from engine.runtime.workflow.flow_tables import INSTANCE


class Happens(StrEnum):
    """What happens in a simulation."""

    ENTERED = "entered"
    SKIPPED = "skipped"
    ASKED = "asked"
    ANSWERED = "answered"
    LADDER = "ladder"
    WRITTEN = "written"
    TOLD = "told"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that would happen: when, at which step of which flow, to whom; `words` are branches, fields, codes."""

    at: datetime
    kind: Happens
    flow: str = ""
    step: str = ""
    people: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    entity: str = ""


class NotedIds(IdSource):
    """Identifiers of a source, each remembered: a row that has one was made here."""

    def __init__(self, source: IdSource) -> None:
        self._source = source
        self.made: set[int] = set()

    def many(self, count: int) -> list[int]:
        identities = self._source.many(count)
        self.made.update(identities)
        return identities


class Watch:
    """What happened so far, read off the rows that were made."""

    def __init__(self, ids: NotedIds) -> None:
        self.happenings: list[Happening] = []
        self._ids = ids
        self._seen: set[int] = set()
        self._asked: set[int] = set()
        self._read: dict[int, int] = {}

    def running(self, work: Work) -> Iterator[Instance]:
        """The instances that were started here and have not ended."""
        for identity in self._read:
            row = instance(work.session, identity)
            if row is not None and row.ended_at is None:
                yield row

    def look(self, work: Work) -> None:
        """Note what is new: what the logs say, who is asked, what is written, who is told."""
        fresh = self._ids.made - self._seen
        self._seen |= fresh
        for (identity,) in _made(work, INSTANCE, ("id",), fresh):
            self._read[int(str(identity))] = 0
        for identity, read in self._read.items():
            row, entries = instance(work.session, identity), log_of(work.session, identity)
            for entry in entries[read:]:
                self._entry(work, row.flow if row else "", entry)
            self._read[identity] = len(entries)
        self._asks(work)
        now = work.context.now
        for entity, record, version, action in _made(work, EVENT, ("entity", "record", "version", "action"), fresh):
            if action in ASPECTS:
                continue
            names = _changed(work, str(entity), int(str(record)), int(str(version)))
            self.happenings.append(Happening(now, Happens.WRITTEN, words=(str(action), *names), entity=str(entity)))
        for user, kind in _made(work, NOTICE, ("user_id", "kind"), fresh):
            self.happenings.append(Happening(now, Happens.TOLD, people=(int(str(user)),), words=(str(kind),)))

    def _asks(self, work: Work) -> None:
        """Who is asked now and was not before, by step."""
        for row in self.running(work):
            new = [task for task in asked_now(work, row) if task.id not in self._asked]
            self._asked |= {task.id for task in new}
            for step in dict.fromkeys(task.step for task in new):
                people = tuple(task.user for task in new if task.step == step)
                self.happenings.append(Happening(work.context.now, Happens.ASKED, row.flow, step, people))

    def _entry(self, work: Work, flow: str, entry: LogEntry) -> None:
        people = (entry.actor,) if entry.actor else ()
        match entry.event:
            case Completed():
                return
            case Entered(holds=False):
                kind, words = Happens.SKIPPED, tuple[str, ...]()
            case Entered(branches=branches):
                kind, words, people = Happens.ENTERED, branches, ()
            case Decided(approved=approved):
                kind, words = Happens.ANSWERED, ("approve" if approved else "reject",)
            case Rung(rung=rung):
                kind, words = Happens.LADDER, (rung,)
            case Failed(problem=problem):
                kind, words = Happens.FAILED, (problem,)
            case _:
                kind, words = Happens.OTHER, (entry.kind,)
        self.happenings.append(Happening(work.context.now, kind, flow, entry.step, people, words))


def _made(work: Work, table: str, columns: tuple[str, ...], made: Collection[int]) -> Iterator[tuple[object, ...]]:
    """The rows of a table that were made here, in their order."""
    if not made:
        return
    for identity, *rest in select(work.session, table, ("id", *columns), {"id >=": min(made)}, ("id",)):
        if int(str(identity)) in made:
            yield tuple(rest)


def _changed(work: Work, entity: str, record: int, version: int) -> tuple[str, ...]:
    """The fields that a version changed."""
    if entity not in work.model.entities:
        return ()
    rows = select(work.session, version_table_name(entity), ("changed",), {"record": record, "version": version})
    return tuple(json.loads(str(rows[0][0]))) if rows else ()
