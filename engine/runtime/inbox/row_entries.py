"""Rows that entities declare to be inbox items, through the rights of the person for whom they wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from engine.model.entities import FieldKind
from engine.model.inbox import InboxKind
from engine.model.requests import AllOf, AnyOf, Condition, Filter, Path, QueryRequest, Record, Sort
from engine.runtime.inbox.entries import Due, Entry, Wish
from engine.runtime.instants import by_the_end, from_micros
from engine.runtime.query.lists import Placed, list_placed
from engine.runtime.query.names import Reader, find
from engine.runtime.storage.typed import typed_value
from engine.runtime.work import Work
from engine.runtime.workflow.flow_formulas import SCALE


def kinds_for(work: Work) -> Mapping[str, InboxKind]:
    """The kinds that can hold anything for the reader: those whose holder is a name for them. By name."""
    reader = Reader(work.model, work.context)
    return {
        kind.name: kind
        for entity in work.model.entities.values()
        for kind in entity.inbox
        if find(reader, entity.name, (kind.holder,)) is not None
    }


def row_entries(work: Work, kind: InboxKind, wish: Wish, after: Sequence[object] = ()) -> Iterator[Entry]:
    """A page of the rows of one kind, behind the order keys `after`: one statement."""
    if wish.due in {Due.OVERDUE, Due.TODAY} and _field(work, kind, kind.due) is None:
        return
    request = _request(work, kind, wish)
    for placed in list_placed(work, request, tuple(after) or None):
        yield _entry(work, kind, placed)


def rows_request(work: Work, kind: InboxKind) -> QueryRequest:
    """All rows of a kind that wait for the reader: a condition of the definition, no value of its own."""
    return QueryRequest(kind.entity, (), formula_filter=kind.mine)


def columns_of(work: Work, kind: InboxKind) -> tuple[Path, ...]:
    """What an entry of a kind shows, as far as it is a name for the reader."""
    wanted = ((work.model.entities[kind.entity].title,), (kind.due or "",), (kind.amount or "",), *kind.show)
    reader = Reader(work.model, work.context)
    return tuple(dict.fromkeys(path for path in wanted if path[0] and find(reader, kind.entity, path) is not None))


def _request(work: Work, kind: InboxKind, wish: Wish) -> QueryRequest:
    sorts = []
    if kind.rank is not None and kind.endless is not None:
        sorts += [Sort((), formula=kind.endless), Sort((), formula=kind.rank)]
    if _field(work, kind, kind.amount) is not None:
        sorts.append(Sort((kind.amount or "",), descending=True))
    return QueryRequest(
        kind.entity,
        columns_of(work, kind),
        where=_due(work, kind, wish.due),
        formula_filter=kind.mine,
        sort=(*sorts, Sort(("id",))),
        search=wish.search,
        limit=wish.limit + 1,
    )


def _due(work: Work, kind: InboxKind, due: Due) -> Filter:
    """The condition on the term; an instant has passed by the minute, a day when it is over."""
    name = _field(work, kind, kind.due)
    if due is Due.ANY or name is None:
        return AllOf()
    instant = work.model.entities[kind.entity].fields[name].kind is FieldKind.INSTANT
    tomorrow: date | datetime = work.context.today + timedelta(days=1)
    now: date | datetime = work.context.today
    if instant:
        now = work.context.now
        tomorrow = from_micros(by_the_end(work.context.today, work.context.zone)) + timedelta(seconds=1)
    match due:
        case Due.OVERDUE:
            return Condition((name,), "lt", now)
        case Due.TODAY:
            return AllOf((Condition((name,), "ge", now), Condition((name,), "lt", tomorrow)))
        case _:
            return AnyOf((Condition((name,), "ge", tomorrow), Condition((name,), "empty")))


def _entry(work: Work, kind: InboxKind, placed: Placed) -> Entry:
    rank = _rank(work, kind, placed)
    return Entry(
        kind.name, placed.record.id, rank, _amount(kind, placed.record), placed.keys, None, None, placed.record, kind
    )


def _rank(work: Work, kind: InboxKind, placed: Placed) -> int | None:
    if kind.rank is None or placed.keys[1] is None:
        return None
    found = typed_value(kind.rank.type, placed.keys[1])
    return by_the_end(found, work.context.zone) if isinstance(found, date) else None


def _amount(kind: InboxKind, record: Record) -> int | None:
    found = record.cells.get(kind.amount) if kind.amount and kind.amount not in record.masked else None
    return int(found.scaleb(SCALE)) if isinstance(found, Decimal) else None


def _field(work: Work, kind: InboxKind, name: str | None) -> str | None:
    """A field of the kind, where it is a name for the reader."""
    return name if name and find(Reader(work.model, work.context), kind.entity, (name,)) is not None else None
