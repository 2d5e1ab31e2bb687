"""Watches: what an open page shows, as it says itself, so that it can be told when that has changed.

A page names entities, rows, the rows of a parent, what happens beside a row, and what comes to its reader: `opportunity`,
`customer:0ABC…`, `activity.customer:0ABC…`, `comment@customer:0ABC…`, `graph@pharmacy`, `asked@me`. Nothing is believed: what has changed is
told only when one of the changed rows is found through the choke point. What a flow asks and tells of is its reader's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS, Entity
from engine.model.errors import BadRequest, NotFound, UnknownField
from engine.model.requests import AllOf, Condition, Filter, QueryRequest
from engine.runtime.events import OF_A_PERSON, Aspect, Event
from engine.runtime.history import earlier_values
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.inbox.row_entries import kinds_for
from engine.runtime.knowledge.seeing import visible_graphs
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.widgets.contract import (
    Aggregates,
    AttachmentList,
    CommentThread,
    FlowStarts,
    InboxItems,
    LeftOut,
    Need,
    RecordFlows,
    Rows,
    Scene,
)

MOST = 40
"""Watches of one page; a page that shows more is told of the first."""
AT_ONCE = 500
"""Changed rows that one statement looks for."""
LOOKED_AT = 20
"""Changed rows at most of which it is found out whether they stood under the watched parent before."""
LONGEST = 4_000
ME = "me"
_BESIDE: Mapping[type[object], Aspect] = {
    AttachmentList: Aspect.FILE,
    CommentThread: Aspect.COMMENT,
    FlowStarts: Aspect.FLOW,
    RecordFlows: Aspect.FLOW,
}
"""What a widget that needs something shows of what happens beside the record of its page."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows of an entity: all, those of one parent (`field` leads to it), or one (without `field`).

    With an aspect, what happens beside the row, or (without an entity) what comes to the reader.
    """

    entity: str
    field: str = ""
    row: int | None = None
    aspect: Aspect | None = None

    def __str__(self) -> str:
        name = f"{self.entity}.{self.field}" if self.field else self.entity or ME
        name = f"{self.aspect}@{name}" if self.aspect else name
        return name if self.row is None else f"{name}:{encode_id(self.row)}"

    @property
    def of_reader(self) -> bool:
        """Whether it is about what comes to the reader."""
        return self.aspect in OF_A_PERSON

    def key(self, reader: int) -> str:
        """Under which key of `keys_of` the events are that it may be about."""
        return _key(self.aspect, reader) if self.of_reader else _key(self.aspect, self.entity)

    def takes(self, event: Event) -> bool:
        """Whether an event under its key is about what is watched."""
        return self.row is None or bool(self.field) or event.record == self.row


def keys_of(event: Event) -> Iterator[str]:
    """The keys under which watches look for an event."""
    aspect = Aspect(event.action) if event.action in set(Aspect) else None
    if aspect not in OF_A_PERSON:
        yield _key(aspect, event.entity)
    if event.user is not None:
        yield _key(aspect or Aspect.HELD, event.user)


def _key(aspect: Aspect | None, of: object) -> str:
    return f"{aspect}@{of}" if aspect else str(of)


def of_reader(*aspects: Aspect) -> tuple[Watch, ...]:
    """What comes to the reader."""
    return tuple(Watch("", aspect=one) for one in aspects)


def of_graph(name: str) -> Watch:
    """A knowledge graph as it stands in this installation."""
    return Watch(name, aspect=Aspect.GRAPH)


def shown_by(*watches: Watch) -> str:
    """Watches as a page names them in its address of live changes."""
    return " ".join(map(str, watches[:MOST]))


OF_INBOX = of_reader(Aspect.ASKED, Aspect.HELD)
"""What waits for the reader."""
OF_SHELL = of_reader(Aspect.ASKED, Aspect.HELD, Aspect.TOLD)
"""What is counted around every page."""


def read_watches(text: str) -> tuple[Watch, ...]:
    """The watches that an address names; what is none is left out, as is what does not exist."""
    words = text[:LONGEST].split()[: MOST + len(Aspect)]
    return tuple(dict.fromkeys(one for word in words if (one := _watch(word)) is not None))


def _watch(word: str) -> Watch | None:
    start, at, name = word.rpartition("@")
    name, _, row = name.partition(":")
    entity, _, field = name.partition(".")
    try:
        aspect = Aspect(start) if at else None
        if aspect in OF_A_PERSON:
            return Watch("", aspect=aspect) if name == ME and not row else None
        if aspect is Aspect.GRAPH:
            return of_graph(name) if name and not row else None
        if (aspect and field) or ((aspect or field) and not row):
            return None
        return Watch(entity, field, decode_id(row) if row else None, aspect)
    except (BadIdentifier, ValueError):
        return None


class Answerer:
    """Answers what the widgets of one page need, and keeps what the page shows by that, and whether some has no past."""

    def __init__(self, work: Work, *shown: Watch) -> None:
        self._work = work
        self._watches: dict[Watch, None] = dict.fromkeys(shown)
        self.left_out = False

    def __call__(self, scene: Scene, need: Need) -> object:
        for one in _watches_beside(need, scene):
            self._watches[one] = None
        for one in _watches_of(need, self._work.model):
            if scene.readable[one.entity] and (not one.field or one.field in scene.readable[one.entity]):
                self._watches[one] = None
        found = answer_need(self._work, scene, need)
        self.left_out = self.left_out or isinstance(found, LeftOut)
        return found

    @property
    def shown(self) -> str:
        """The watches of the page, as its address of live changes names them; the past does not change."""
        if self._work.context.as_of is not None:
            return ""
        whole = {one.entity for one in self._watches if one.row is None}
        kept = [one for one in self._watches if one.row is None or one.entity not in whole]
        return shown_by(*kept)


def _watches_beside(need: Need, scene: Scene) -> Iterator[Watch]:
    aspect = _BESIDE.get(type(need))
    if aspect is not None and scene.entity is not None and scene.record is not None:
        yield Watch(scene.entity.name, row=scene.record.id, aspect=aspect)
    if isinstance(need, InboxItems):
        yield from OF_INBOX


def _watches_of(need: Need, model: AppModel) -> Iterator[Watch]:
    if isinstance(need, Rows):
        yield Watch(need.request.entity, *_parent(model.entities[need.request.entity], need.request.where))
    elif isinstance(need, Aggregates):
        for metric in need.request.metrics:
            yield from (Watch(entity) for entity in _counted(model, metric))


def _parent(entity: Entity, where: Filter) -> tuple[str, int | None]:
    """The reference and the row behind it that a request keeps to, when it does."""
    for one in where.conditions if isinstance(where, AllOf) else (where,):
        if isinstance(one, Condition) and one.operator == "eq" and isinstance(one.value, int):
            field = entity.fields.get(one.path[0]) if len(one.path) == 1 else None
            if field is not None and field.kind in REFERENCE_KINDS:
                return field.name, one.value
    return "", None


def _counted(model: AppModel, name: str) -> Iterator[str]:
    """The entities whose rows a metric counts, itself or by what it is derived from."""
    metric = model.metrics.get(name)
    if metric is None:
        return
    if metric.entity is not None:
        yield metric.entity
    for inner in metric.inputs:
        yield from _counted(model, inner)


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows of an entity that concern a watch; `deleted` when they were deleted."""

    watch: Watch
    entity: str
    deleted: bool


def any_readable(work: Work, changed: Mapping[Changed, Mapping[int, int]]) -> bool:
    """Whether the reader may read one of the changed rows (by id, with the first version that is new), and it is among
    those watched, or was before it changed."""
    return any(_readable(work, one, rows) for one, rows in changed.items())


def _readable(work: Work, changed: Changed, rows: Mapping[int, int]) -> bool:
    watch, ids = changed.watch, sorted(rows)
    if watch.of_reader and watch.aspect is not Aspect.HELD:
        return True  # said to the reader alone, who sees it among their tasks or notices
    if watch.aspect is Aspect.GRAPH:
        return any(one.name == changed.entity for one in visible_graphs(work))
    if changed.entity not in work.model.entities:
        return False
    if watch.aspect is Aspect.HELD:
        return _held(work, changed, ids)
    of_parent = (Condition((watch.field,), "eq", watch.row),) if watch.field else ()
    try:
        for start in range(0, len(ids), AT_ONCE):
            where = AllOf((_among(ids[start : start + AT_ONCE]), *of_parent))
            request = QueryRequest(watch.entity, (("id",),), where, limit=1, deleted=changed.deleted)
            if list_records(work, request).records:
                return True
        return bool(watch.field) and not changed.deleted and _left(work, watch, rows)
    except (NotFound, UnknownField, BadRequest):  # no such entity or field for this reader
        return False


def _held(work: Work, changed: Changed, ids: Sequence[int]) -> bool:
    """Whether the reader may read one of the rows that wait for them, or did, and that it is they."""
    holders = {kind.holder for kind in kinds_for(work).values() if kind.entity == changed.entity}
    columns = tuple((name,) for name in sorted(holders))
    for start in range(0, len(ids), MOST_ROWS) if holders else ():
        where = _among(ids[start : start + MOST_ROWS])
        request = QueryRequest(changed.entity, columns, where, limit=MOST_ROWS, deleted=changed.deleted)
        if any(holders & one.cells.keys() for one in list_records(work, request).records):
            return True
    return False


def _left(work: Work, watch: Watch, rows: Mapping[int, int]) -> bool:
    """Whether a row that the reader may read, with what leads to its parent, stood under the watched one before."""
    later = sorted(one for one, version in rows.items() if version > 1)[:LOOKED_AT]
    if not later or watch.row is None:
        return False
    request = QueryRequest(watch.entity, ((watch.field,),), _among(later), limit=LOOKED_AT)
    found = [one.id for one in list_records(work, request).records if watch.field in one.cells]
    parent = encode_id(watch.row)
    return any(parent in earlier_values(work, watch.entity, one, watch.field, rows[one]) for one in found)


def _among(ids: Sequence[int]) -> Condition:
    return Condition(("id",), "in", tuple(ids))
