"""Facets: how many rows of a list have each value of a field, counted on what the reader sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from engine.model.access import Action
from engine.model.entities import REFERENCE_KINDS, TEXT_KINDS
from engine.model.errors import NotFound
from engine.model.requests import AllOf, Condition, Filter, QueryRequest
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.listing import Listing, listing_of
from engine.runtime.query.names import TITLE, Reader, find, resolve
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of the field, its title when it is a reference, and its number of rows."""

    value: object
    title: str | None
    count: int


def facets(work: Work, entity: str, field: str, request: QueryRequest, limit: int = 20) -> tuple[Facet, ...]:
    """The most frequent values of `field` (a dotted path) over the rows of `request`, its own filter on it left out.

    Raises what `list_records` raises; a field that may never be read is unknown.
    """
    path = tuple(field.split("."))
    reader = Reader(work.model, work.context)
    if reader.access(entity) is None:
        raise NotFound
    resolved = resolve(reader, entity, path)
    refuse_sealed(resolved.field, path, "列出各个值", "listed by its values")
    wider = replace(
        request, entity=entity, where=_without(request.where, path), columns=(), sort=(), cursor=None, limit=1
    )
    listing = listing_of(reader, wider, Action.READ, work.session.dialect)
    statement = prepared(work, ("facets", path, *listing.filter_shape()), lambda: _tree(listing, path))
    values = listing.parameters(None) | {"limit": max(1, min(limit, MOST_VALUES))}
    storage = storage_of(resolved.field)

    def value_of(stored: object) -> object:
        masked = isinstance(stored, str) and resolved.field.kind in TEXT_KINDS
        return stored if masked else storage.decode(stored, work.session.dialect)

    return tuple(
        Facet(value_of(row[0]), None if row[1] is None else str(row[1]), int(str(row[2])))
        for row in rows_of(work, statement, values)
    )


def _without(where: Filter, path: tuple[str, ...]) -> Filter:
    """The filter without the conditions on `path` that stand at its top, so that other values can be chosen too."""
    if isinstance(where, Condition):
        return AllOf() if where.path == path else where
    if isinstance(where, AllOf):
        return AllOf(tuple(_without(part, path) for part in where.conditions))
    return where


def _tree(listing: Listing, path: tuple[str, ...]) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    compilation, rows, conditions = listing.secured()
    cell = rows.cell(path)
    keys = [cell.shown]
    titled = cell.field.kind in REFERENCE_KINDS and find(listing.reader, listing.request.entity, (*path, TITLE))
    keys.append(rows.cell((*path, TITLE)).shown if titled else nodes.null())
    count = exp.Count(this=exp.Star())
    tree = rows.select([named(key.copy(), f"c{at}") for at, key in enumerate(keys)] + [named(count, "c2")], *conditions)
    tree.set("group", exp.Group(expressions=[nodes.number(at) for at in range(1, 3 if titled else 2)]))
    order = [exp.Ordered(this=nodes.number(3), desc=True), exp.Ordered(this=nodes.number(1), nulls_first=True)]
    tree.set("order", exp.Order(expressions=order))
    tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))
    return tree, RecordDecoder(listing.request.entity, (), listing.dialect), compilation
