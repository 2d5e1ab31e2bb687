"""Listed items: what the pages of a model say of the lists of an entity: their orders, filters and views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Formula
from engine.model.pages import Item, Page
from engine.runtime.storage.built_in import field_of


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item of a page that lists an entity: the field it is sorted by first (empty: none), and the filters it offers."""

    page: str
    first: str
    filters: tuple[str, ...]
    item: Item


def lists_of(model: AppModel, entity: str) -> tuple[ListedItem, ...]:
    """The items of all pages that list an entity."""
    return model.derived(_listed).get(entity, ())


def _listed(model: AppModel) -> Mapping[str, tuple[ListedItem, ...]]:
    found: dict[str, list[ListedItem]] = {}
    for page in model.pages.values():
        for item in page.walk():
            entity = item.properties.get("entity", page.entity)
            if isinstance(entity, str):
                found.setdefault(entity, []).append(_listing(page, item))
    return {entity: tuple(listed) for entity, listed in found.items()}


def _listing(page: Page, item: Item) -> ListedItem:
    sort, filters = item.properties.get("sort"), item.properties.get("filters")
    first = str(sort[0]).removeprefix("-") if isinstance(sort, tuple | list) and sort else ""
    offered = tuple(str(one) for one in filters) if isinstance(filters, tuple | list) else ()
    return ListedItem(page.name, first, offered, item)


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
