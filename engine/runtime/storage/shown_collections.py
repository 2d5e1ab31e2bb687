"""Shown collections: in which order pages list the rows that belong to a record.

The rows of one record are found by the field that leads to it. Without the order in the same index all of them would be
read and sorted for each page that shows the first few (85,000 steps for 4,000 rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.pages import Page

Described = Mapping[str, object]


def orders_within(model: AppModel, entity: Entity) -> frozenset[tuple[str, str]]:
    """The fields of an entity by which some page finds its rows of a record, each with the field that orders them."""
    return frozenset(
        (by, ordered)
        for page in model.pages.values()
        for described in _described_on(page)
        for by in _leading(model, page, described, entity)
        for ordered in _orders(described)
        if ordered in entity.fields
    )


def _described_on(page: Page) -> Iterator[Described]:
    """The items of a page, and the parts of which one is made up: the sources of a timeline, the stages of a journey."""
    for item in page.walk():
        yield item.properties
        for value in item.properties.values():
            if isinstance(value, tuple | list):
                yield from (one for one in value if isinstance(one, Mapping))


def _leading(model: AppModel, page: Page, described: Described, entity: Entity) -> Iterator[str]:
    holder, name = model.entities.get(page.entity or ""), described.get("collection")
    collection = holder.collections.get(name) if holder is not None and isinstance(name, str) else None
    if collection is not None and collection.entity == entity.name:
        yield collection.by


def _orders(described: Described) -> Iterator[str]:
    """What the rows are ordered by first, and the dates by which a first or a last one is looked for."""
    sort = described.get("sort")
    if isinstance(sort, tuple | list) and sort:
        yield str(sort[0]).removeprefix("-")
    for name in ("date", "begins"):
        if isinstance(described.get(name), str):
            yield str(described[name])
