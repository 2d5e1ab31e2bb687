"""Reading the inbox: a page of all kinds merged, how much of each there is, and how much in all."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.inbox.entries import APPROVAL, FLOW, FLOW_KINDS, Entry, Wish
from engine.runtime.inbox.flow_entries import flow_entries
from engine.runtime.inbox.row_entries import kinds_for, row_entries, rows_request
from engine.runtime.query.counting import count_each
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tasks import TaskKind, open_kinds

COUNTED_TO = 100
_FLOWS = "flows"


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Entries in their order; `after` goes on behind the last of them, empty where nothing follows."""

    entries: tuple[Entry, ...]
    after: str = ""


def inbox_page(work: Work, wish: Wish) -> InboxPage:
    """A page of what waits for the reader: at most one statement for each kind, whatever there is in all."""
    kinds = kinds_for(work)
    if wish.kind and wish.kind not in {*FLOW_KINDS, *kinds}:
        raise BadRequest(Message("没有这一类待办", "There is no such kind of to-do"), field="kind")
    places = _opened(work, wish)
    sources = dict(_sources(work, wish, places))
    merged = heapq.merge(*sources.values(), key=lambda one: one.order)
    entries: list[Entry] = []
    for one in merged:
        if len(entries) == wish.limit:
            return InboxPage(tuple(entries), _sealed(work, wish, places))
        entries.append(one)
        places[_FLOWS if one.task is not None else one.kind] = one.place
    return InboxPage(tuple(entries))


def inbox_counts(work: Work, most: int = COUNTED_TO) -> Mapping[str, int]:
    """How much waits of each kind, counted up to `most`: two statements, whatever the number of kinds."""
    kinds = kinds_for(work)
    asked = open_kinds(work.session, work.context.principal.user_id, most)
    flows = {APPROVAL: asked.get(TaskKind.APPROVAL, 0)}
    flows[FLOW] = sum(asked.values()) - flows[APPROVAL]
    counted = count_each(work, [rows_request(work, one) for one in kinds.values()], most)
    return {**flows, **dict(zip(kinds, counted, strict=True))}


def _sources(work: Work, wish: Wish, places: Mapping[str, Sequence[object]]) -> Iterator[tuple[str, Iterator[Entry]]]:
    if wish.kind in {"", *FLOW_KINDS}:
        yield _FLOWS, flow_entries(work, wish, places.get(_FLOWS, ()))
    for name, kind in kinds_for(work).items():
        if wish.kind in {"", name}:
            yield name, row_entries(work, kind, wish, places.get(name, ()))


def _opened(work: Work, wish: Wish) -> dict[str, Sequence[object]]:
    if not wish.after:
        return {}
    (listed,) = open_cursor(work.key, _binding(work, wish), wish.after, 1)
    return {str(name): tuple(place) for name, place in listed} if isinstance(listed, list) else {}


def _sealed(work: Work, wish: Wish, places: Mapping[str, Sequence[object]]) -> str:
    return seal_cursor(work.key, _binding(work, wish), ([[name, list(place)] for name, place in places.items()],))


def _binding(work: Work, wish: Wish) -> str:
    """A place is good for its reader, for what they asked, and for the definitions that gave it."""
    asked = (work.context.principal.user_id, wish.kind, str(wish.due), wish.search)
    return repr(("inbox", work.model.fingerprint, asked))
