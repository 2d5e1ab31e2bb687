"""Shown collections: in which order pages list the rows that belong to a record.

The rows of one record are found by the field that leads to it. Without the order in the same index all of them would be
read and sorted for each page that shows the first few (85,000 steps for 4,000 rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.model.app import AppModel
from engine.model.entities import Collection, Entity
from engine.model.pages import Page

Described = Mapping[str, object]


def orders_within(model: AppModel, entity: Entity) -> frozenset[tuple[str, str]]:
    """The fields of an entity by which some page finds its rows of a record, each with the field that orders them."""
    shown = model.derived(_shown).get(entity.name, frozenset())
    return frozenset((by, ordered) for by, ordered in shown if ordered in entity.fields)


def _shown(model: AppModel) -> Mapping[str, frozenset[tuple[str, str]]]:
    """By entity: the fields by which pages find its rows, with what they order them by."""
    found: dict[str, set[tuple[str, str]]] = {}
    for page in model.pages.values():
        holder = model.entities.get(page.entity or "")
        for described in _described_on(page) if holder is not None else ():
            collection = _collection(holder, described)
            if collection is not None:
                found.setdefault(collection.entity, set()).update((collection.by, one) for one in _orders(described))
    return {entity: frozenset(shown) for entity, shown in found.items()}


def _described_on(page: Page) -> Iterator[Described]:
    """The items of a page, and the parts of which one is made up: the sources of a timeline, the stages of a journey."""
    for item in page.walk():
        yield item.properties
        for value in item.properties.values():
            if isinstance(value, tuple | list):
                yield from (one for one in value if isinstance(one, Mapping))


def _collection(holder: Entity | None, described: Described) -> Collection | None:
    name = described.get("collection")
    return holder.collections.get(name) if holder is not None and isinstance(name, str) else None


def _orders(described: Described) -> Iterator[str]:
    """What the rows are ordered by first, and the dates by which a first or a last one is looked for."""
    sort = described.get("sort")
    if isinstance(sort, tuple | list) and sort:
        yield str(sort[0]).removeprefix("-")
    for name in ("date", "begins"):
        if isinstance(described.get(name), str):
            yield str(described[name])
