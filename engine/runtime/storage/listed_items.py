"""Listed items: what the pages of a model say of the lists of an entity: their orders, filters and views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.model.entities import Entity, FieldKind
from engine.model.formula import Formula
from engine.model.pages import Item, Page
from engine.runtime.storage.built_in import field_of


def ordered_items(page: Page, entity: str) -> Iterator[tuple[str, Item]]:
    """The items of a page that list an entity, each with the field it is sorted by first (empty: none)."""
    for item in page.walk():
        if item.properties.get("entity", page.entity) == entity:
            sort = item.properties.get("sort")
            yield str(sort[0]).removeprefix("-") if isinstance(sort, tuple | list) and sort else "", item


def lists_on(page: Page, entity: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lists of an entity on a page: the field each is sorted by first (empty: none), and the filters it offers."""
    for first, item in ordered_items(page, entity):
        filters = item.properties.get("filters")
        yield first, tuple(str(one) for one in filters) if isinstance(filters, tuple | list) else ()


def views_on(item: Item) -> Iterator[Formula]:
    """The conditions of an item's views."""
    return (where for where, _ in _views(item))


def opens_with(item: Item) -> Iterator[Formula]:
    """The condition of the view that an item opens with."""
    return (where for where, first in _views(item) if first)


def _views(item: Item) -> Iterator[tuple[Formula, bool]]:
    views = item.properties.get("views")
    for one in views if isinstance(views, tuple | list) else ():
        where = one.get("where") if isinstance(one, Mapping) else None
        if isinstance(where, Formula):
            yield where, one.get("default") is True


def indexable(entity: Entity, name: str) -> bool:
    """Whether rows are put in an order, or found, by a field."""
    field = field_of(entity, name)
    return field is not None and field.kind not in (FieldKind.LONG_TEXT, FieldKind.CHOICES)
