"""Who sees a flow, and what they may know of the record that it is about.

A flow is seen whole by who may read its record and by whom it asks. An administrator who may not read the record sees
where the flow stands and can mend it, without a word of what was said. For everybody else it is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol, TypeVar

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.errors import NotFound
from engine.model.flows import Flow
from engine.model.formula import Formula
from engine.model.requests import Condition, QueryRequest, Record
from engine.runtime.access.telling import plain_part
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import TITLE, Reader, find, visible_paths
from engine.runtime.query.rights import permitted
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_instances import Instance, instance
from engine.runtime.workflow.flow_tasks import asks

AT_ONCE = 200
"""Records that are looked up with one statement."""
_UNREADABLE = Message("（无权查看）", " (not yours to read)")


Told = TypeVar("Told", bound="About")


class Sight(StrEnum):
    """How much of a flow somebody sees: all of it, or only where it stands."""

    WHOLE = "whole"
    COURSE = "course"


class About(Protocol):
    """A run of a flow or one of its tasks: both are about a record, with a title and an amount of their own."""

    @property
    def flow(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def record(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def amount(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What the reader may know of a record that a flow is about; `amount` is a scaled integer."""

    title: str
    readable: bool
    amount: int | None = None


def sight_of(work: Work, row: Instance) -> Sight | None:
    """How much of an instance the caller sees; None for nothing at all."""
    me = work.context.principal
    if permitted(work, row.entity, row.record, Action.READ) or asks(work.session, row.id, me.user_id):
        return Sight.WHOLE
    return Sight.COURSE if me.administrator else None


def seen_instance(work: Work, identity: int, lock: bool = False) -> tuple[Instance, Sight]:
    """An instance that the caller sees, and how much of it. Raises NotFound, also for one that they may not see."""
    row = instance(work.session, identity, lock)
    sight = sight_of(work, row) if row is not None else None
    if row is None or sight is None:
        raise NotFound
    return row, sight


def subjects(work: Work, about: Iterable[About]) -> Mapping[tuple[str, int], Subject]:
    """What the caller may know of records, by flow and record: with one statement for each entity.

    The title and the amount that a flow has of its own are told to who may read everything that they were made from;
    others are told the title of the record, or only that it is not theirs to read.
    """
    wanted: dict[str, list[About]] = {}
    for one in about:
        wanted.setdefault(one.entity, []).append(one)
    return {
        (one.flow, one.record): subject
        for entity, ones in wanted.items()
        for one, subject in zip(ones, _subjects(work, entity, ones), strict=True)
    }


def with_subjects(work: Work, about: Sequence[Told]) -> Iterator[tuple[Told, Subject]]:
    """Each with what the caller may know of its record."""
    told = subjects(work, about)
    return ((one, told[one.flow, one.record]) for one in about)


def subject_of(work: Work, one: About) -> Subject:
    """What the caller may know of one."""
    return subjects(work, (one,))[one.flow, one.record]


def _subjects(work: Work, entity: str, ones: Sequence[About]) -> list[Subject]:
    flows = {name: work.model.flows.get(name) for name in {one.flow for one in ones}}
    formulas = [made for flow in flows.values() for made in _made(flow)]
    rows = _rows(work, entity, dict.fromkeys(one.record for one in ones), formulas)
    return [_subject(work, entity, one, flows[one.flow], rows.get(one.record)) for one in ones]


def _subject(work: Work, entity: str, one: About, flow: Flow | None, row: Record | None) -> Subject:
    language = work.context.language
    declared = work.model.entities.get(entity)
    label = declared.label.text(language) if declared is not None else entity
    if row is None:
        return Subject(label + _UNREADABLE.text(language), readable=False)
    field = find(Reader(work.model, work.context), entity, (TITLE,))
    own = json_of(row.cells[TITLE], field.field) if field is not None and TITLE in row.cells else None
    whole = flow is not None and flow.title is not None and _told(work, entity, row, flow.title)
    amount = flow is not None and flow.amount is not None and _told(work, entity, row, flow.amount)
    return Subject(one.title if whole else str(own or label), True, one.amount if amount else None)


def _rows(work: Work, entity: str, records: Iterable[int], formulas: Sequence[Formula]) -> Mapping[int, Record]:
    """The rows that the caller may read, with the cells that formulas were made from."""
    if entity not in work.model.entities:
        return {}
    named = {tuple(path.split(".")) for one in formulas for path in one.references}
    paths = visible_paths(Reader(work.model, work.context), entity, ((TITLE,), *sorted(named)))
    found: dict[int, Record] = {}
    waiting = iter(records)
    while chunk := tuple(islice(waiting, AT_ONCE)):
        request = QueryRequest(entity, paths, where=Condition(("id",), "in", chunk), limit=len(chunk))
        try:
            found |= {one.id: one for one in list_records(work, request).records}
        except NotFound:
            return {}
    return found


def _told(work: Work, entity: str, row: Record, formula: Formula) -> bool:
    """Whether everything that a formula was made from may be read on a row as it is."""
    collections = work.model.entities[entity].collections
    return all(
        plain_part(work, entity, path)
        if path.split(".")[0] in collections
        else path in row.cells and path not in row.masked
        for path in formula.references
    )


def _made(flow: Flow | None) -> tuple[Formula, ...]:
    return tuple(one for one in (flow.title, flow.amount) if one is not None) if flow is not None else ()
