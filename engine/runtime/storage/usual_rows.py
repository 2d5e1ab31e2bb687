"""Usual rows: those that a list opens with where its first view leaves out what is over (`not (stage in ["won", "lost"])`).

In the course of years nearly all rows are over. An index that holds the others alone is small, and answers what is asked of
them: a page in the list's order, a filter, a range of a view, and how many there are (1,317,500 steps against 21,300 for the
overdue ones of 128,000 rows).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Call, Formula, Items, Literal, Node, Reference, Variable
from engine.runtime.storage.listed_items import ListedItem, indexable, lists_of, opens_with, views_on

MOST = 8
"""Values that a view may leave out."""
But = tuple[str, ...]
"""A field with options, and those that are left out, in order."""
Columns = tuple[str, ...]
_OPTIONS = (FieldKind.STATE, FieldKind.CHOICE)
_RANGES = frozenset({"lt", "le", "gt", "ge"})


def usual_rows(model: AppModel, entity: Entity) -> Mapping[But, tuple[Columns, ...]]:
    """What is left out, each with the columns by which the others are sought."""
    return model.derived(_usual_rows).get(entity.name, {})


def _usual_rows(model: AppModel) -> Mapping[str, Mapping[But, tuple[Columns, ...]]]:
    return {name: dict(_found(model, entity)) for name, entity in model.entities.items()}


def _found(model: AppModel, entity: Entity) -> Iterator[tuple[But, tuple[Columns, ...]]]:
    sought: dict[But, set[Columns]] = {}
    every = lists_of(model, entity.name)
    for listed in every:
        beside = tuple(one for one in every if one.page == listed.page)
        for but in _left_out(entity, opens_with(listed.item)) if indexable(entity, listed.first) else ():
            sought.setdefault(but, set()).update(_sought(entity, listed, beside, but))
    for but, columns in sorted(sought.items()):
        alone = {one for one in columns if not any(other[: len(one)] == one != other for other in columns)}
        yield but, tuple(sorted((*alone, *(("scope_unit", *one) for one in alone if not _of_a_person(entity, one)))))


def _sought(entity: Entity, listed: ListedItem, beside: Iterable[ListedItem], but: But) -> Iterator[Columns]:
    """The order of a list, that behind each of its filters by an option, and of its views of the same rows the ranges, and
    the people that they are about before that order: else the index of a unit is taken, which holds all people's rows."""
    first = listed.first
    yield (first,)
    for other in beside:
        for name in other.filters if other.first == first else ():
            field = entity.fields.get(name)
            if field is not None and field.kind in _OPTIONS and name not in (first, but[0]):
                yield name, first
    for view in views_on(listed.item):
        if but in _left_out(entity, [view]):
            yield from ((name,) for name in _ranges(view) if name in entity.fields and indexable(entity, name))
            yield from ((name, first) for name in _own(view) if _of_a_person(entity, (name,)))


def _left_out(entity: Entity, views: Iterable[Formula]) -> Iterator[But]:
    """What conditions leave out of rows: options of a field, written one by one."""
    for view in views:
        for one in _parts(view.node):
            if isinstance(one, Call) and one.function == "not":
                but = _options(one.arguments[0])
                field = entity.fields.get(but[0]) if but else None
                if field is not None and field.kind in _OPTIONS:
                    yield but


def _options(node: Node) -> But:
    """The field and the values of `stage in ["won", "lost"]`; nothing for any other condition."""
    if not isinstance(node, Call) or node.function != "in":
        return ()
    of, among = node.arguments
    if not isinstance(of, Reference) or len(of.path) != 1 or not isinstance(among, Items):
        return ()
    values = {one.value for one in among.items if isinstance(one, Literal) and isinstance(one.value, str)}
    return (of.path[0], *sorted(values)) if len(values) == len(among.items) <= MOST else ()


def _ranges(view: Formula) -> Iterator[str]:
    """The fields that a condition compares with a bound."""
    for one in _parts(view.node):
        if isinstance(one, Call) and one.function in _RANGES:
            yield from (side.path[0] for side in one.arguments if isinstance(side, Reference) and len(side.path) == 1)


def _own(view: Formula) -> Iterator[str]:
    """The fields that hold the reader."""
    for one in _parts(view.node):
        if isinstance(one, Call) and one.function == "eq" and any(isinstance(side, Variable) for side in one.arguments):
            yield from (side.path[0] for side in one.arguments if isinstance(side, Reference) and len(side.path) == 1)


def _of_a_person(entity: Entity, columns: Columns) -> bool:
    """Whether rows are sought by a person first: those of one are few, whatever their unit."""
    field = entity.fields.get(columns[0])
    return field is not None and field.kind is FieldKind.USER


def _parts(node: Node) -> Iterator[Node]:
    """The conditions that all have to hold."""
    if isinstance(node, Call) and node.function == "and":
        for one in node.arguments:
            yield from _parts(one)
    else:
        yield node
