"""The part of a kind's schema that a place in a document is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.dsl.annotations import NO_NODES, NodeSpecs, WidgetSchemas, item_properties, with_settings
from engine.dsl.document import Document
from engine.dsl.schema_store import Schema, Validator, resolved, schema_of
from engine.dsl.source import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A schema at a path: `meaning` is what a text there names (`x-ref`), inherited by the items of a list."""

    schema: Schema
    root: Schema
    meaning: str | None


def place_at(document: Document, path: Path, widgets: WidgetSchemas, nodes: NodeSpecs = NO_NODES) -> Place | None:
    """The schema of the value at `path`; None where the kind says nothing of it."""
    root = schema_of(document.kind)
    schema, meaning = resolved(root, root), None
    for index, step in enumerate(path):
        if isinstance(step, int):
            meaning = _text(schema.get("x-ref")) or meaning
            schema = resolved(schema.get("items"), root)
            continue
        around = document.at(path[:index])
        found = _property(_of_node(schema, around, nodes), step, around, widgets)
        if found is None:
            return None
        schema, meaning = resolved(found, root), None
    return Place(schema, root, _text(schema.get("x-ref")) or meaning)


def properties_at(place: Place, value: object, widgets: WidgetSchemas) -> Mapping[str, object]:
    """The keys that the map `value` may have, with their schemas: those of its widget or type, by its conditions."""
    properties = _properties(place.schema, value, widgets)
    allowed = _conditions(place, value)
    return {name: part for name, part in properties.items() if allowed is None or name in allowed}


def _of_node(schema: Schema, value: object, nodes: NodeSpecs) -> Schema:
    """The schema of a map, with the settings of its kind where it is a node."""
    name = value.get("node") if isinstance(value, Mapping) else None
    spec = nodes.get(name) if isinstance(name, str) else None
    properties = schema.get("properties")
    is_node = isinstance(properties, Mapping) and properties.keys() >= {"node", "settings"}
    return with_settings(spec, schema) if spec is not None and is_node else schema


def _property(schema: Schema, name: str, value: object, widgets: WidgetSchemas) -> object:
    found = _properties(schema, value, widgets).get(name, schema.get("additionalProperties"))
    return found if isinstance(found, Mapping) else None


def _properties(schema: Schema, value: object, widgets: WidgetSchemas) -> Mapping[str, object]:
    own = schema.get("properties")
    properties: Mapping[str, object] = own if isinstance(own, Mapping) else {}
    widget = value.get("widget") if isinstance(value, Mapping) else None
    spec = widgets.get(widget) if "widget" in properties and isinstance(widget, str) else None
    return item_properties(spec, schema) if spec else properties


def _conditions(place: Place, value: object) -> frozenset[str] | None:
    """The keys that `if`/`then` rules leave to this value; None where no rule speaks."""
    rules = place.schema.get("allOf")
    for rule in rules if isinstance(rules, list) else ():
        if not isinstance(rule, Mapping) or not isinstance(rule.get("if"), Mapping):
            continue
        then = resolved(rule.get("then"), place.root)
        names = then.get("propertyNames")
        allowed = names.get("enum") if isinstance(names, Mapping) else None
        if isinstance(allowed, list) and Validator({**rule["if"], "$defs": place.root.get("$defs", {})}).accepts(value):
            return frozenset(str(one) for one in allowed)
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
