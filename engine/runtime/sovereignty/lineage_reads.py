"""What a name or a formula of a definition reads: fields, each with the way in which it goes into what reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.formula import Aggregate, Call, Items, Node, Reference
from engine.model.lineage import DIRECT, Way
from engine.model.names import BUILT_IN_FIELDS
from engine.model.uses import Use

CHOOSING = frozenset({"if", "case"})
"""Functions whose first argument decides which other one is given."""


@dataclass(frozen=True, slots=True)
class Read:
    """One field that is read."""

    entity: str
    field: str
    way: Way


def reads_of(model: AppModel, use: Use, way: Way) -> Iterator[Read]:
    """The fields that a use reads, where its value goes in the way `way`."""
    if use.formula is not None:
        yield from formula_reads(model, use.entity, use.formula.node, way)
    elif use.meaning == "collection":
        yield from path_reads(model, use.entity, (use.text,), Way.JOIN)
    elif use.meaning in {"field", "path", "sort"} and use.entity:
        path = tuple(use.text.removeprefix("-").split("."))
        yield from path_reads(model, use.entity, path, Way.SORT if use.meaning == "sort" else way)


def formula_reads(model: AppModel, entity: str, node: Node, way: Way) -> Iterator[Read]:
    """The fields that a node of a formula about rows of `entity` reads."""
    if isinstance(node, Reference):
        yield from path_reads(model, entity, node.path, way)
    elif isinstance(node, Call):
        inner = Way.TRANSFORMATION if way is Way.IDENTITY else way
        for at, argument in enumerate(node.arguments):
            decides = node.function in CHOOSING and at == 0 and way in DIRECT
            yield from formula_reads(model, entity, argument, Way.CONDITIONAL if decides else inner)
    elif isinstance(node, Items):
        for one in node.items:
            yield from formula_reads(model, entity, one, way)
    elif isinstance(node, Aggregate):
        yield from _aggregate_reads(model, entity, node, way)


def _aggregate_reads(model: AppModel, entity: str, node: Aggregate, way: Way) -> Iterator[Read]:
    yield from path_reads(model, entity, node.over, Way.JOIN)
    rows = entity_behind(model, entity, node.over)
    folded = Way.AGGREGATION if way in DIRECT else way
    for part, how in ((node.argument, folded), (node.condition, Way.FILTER), (node.order, Way.SORT)):
        if part is not None and rows:
            yield from formula_reads(model, rows, part, how if way in DIRECT else way)


def path_reads(model: AppModel, entity: str, path: tuple[str, ...], way: Way) -> Iterator[Read]:
    """The fields along a path: the last goes in the way `way`, those before it join; it ends at users and units."""
    current = entity
    for at, name in enumerate(path):
        declared = model.entities.get(current)
        if declared is None:
            return
        collection, field = declared.collections.get(name), declared.fields.get(name)
        if field is None and name in BUILT_IN_FIELDS:
            yield Read(current, name, way)
        elif field is not None:
            yield Read(current, name, way if at == len(path) - 1 else Way.JOIN)
        elif collection is not None:
            yield Read(collection.entity, collection.by, Way.JOIN)
        current = collection.entity if collection else field.relation.entity if field and field.relation else ""


def entity_behind(model: AppModel, entity: str, path: tuple[str, ...]) -> str:
    """The entity whose rows a path leads to; empty where it leads to none."""
    current = entity
    for name in path:
        declared = model.entities.get(current)
        collection = declared.collections.get(name) if declared else None
        field = declared.fields.get(name) if declared else None
        current = collection.entity if collection else field.relation.entity if field and field.relation else ""
    return current
