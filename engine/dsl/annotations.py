"""What the values of a document mean: names of other things, formulas, labels, found by walking data and schema together.

A schema says it with `x-ref` (the value names something), `x-ref-keys` (the keys of a map do), and `x-type`
(label or formula). Reference check, formula compilation, label check and renaming all read this one walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dsl.document import Document
from engine.dsl.schema_store import Schema, resolved, schema_of
from engine.dsl.source import Path
from engine.widgets.registry import WidgetSpec

WidgetSchemas = Mapping[str, WidgetSpec]

FORMULA = "formula"
LABEL = "label"


@dataclass(frozen=True, slots=True)
class Use:
    """One meaningful value: `meaning` is formula, label, or what is named; `is_key`: the name is the key at `path`."""

    path: Path
    meaning: str
    value: object
    is_key: bool = False

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""


def uses(document: Document, widgets: WidgetSchemas) -> Iterator[Use]:
    """All meaningful values of a document, in the order of the text."""
    root = schema_of(document.kind)
    yield from _Walk(root, widgets).value(document.data, root, (), None)


def item_properties(spec: WidgetSpec, base: Schema) -> Mapping[str, object]:
    """The properties that an item with this widget may have: those of every item, and the widget's own."""
    own = spec.schema.get("properties")
    shared = base.get("properties")
    return {**(shared if isinstance(shared, Mapping) else {}), **(own if isinstance(own, Mapping) else {})}


@dataclass(frozen=True, slots=True)
class _Walk:
    root: Schema
    widgets: WidgetSchemas

    def value(self, value: object, part: object, path: Path, inherited: str | None) -> Iterator[Use]:
        schema = resolved(part, self.root)
        if schema.get("x-type") == LABEL:
            yield Use(path, LABEL, value)
            return
        if isinstance(value, str):
            meaning = FORMULA if schema.get("x-type") == FORMULA else schema.get("x-ref", inherited)
            if isinstance(meaning, str):
                yield Use(path, meaning, value)
        elif isinstance(value, dict):
            yield from self._map(value, schema, path)
        elif isinstance(value, list):
            meaning = schema.get("x-ref", inherited)
            for index, item in enumerate(value):
                yield from self.value(
                    item, schema.get("items"), (*path, index), meaning if isinstance(meaning, str) else None
                )

    def _map(self, value: Mapping[str, object], schema: Schema, path: Path) -> Iterator[Use]:
        properties = self._properties(value, schema)
        keys = schema.get("x-ref-keys")
        for key, inner in value.items():
            here = (*path, key)
            if isinstance(keys, str):
                yield Use(here, keys, key, is_key=True)
            part = properties.get(key, schema.get("additionalProperties"))
            if isinstance(part, Mapping):
                yield from self.value(inner, part, here, None)

    def _properties(self, value: Mapping[str, object], schema: Schema) -> Mapping[str, object]:
        properties = schema.get("properties")
        own: Mapping[str, object] = properties if isinstance(properties, Mapping) else {}
        widget = value.get("widget")
        if "widget" not in own or not isinstance(widget, str):
            return own
        spec = self.widgets.get(widget)
        return item_properties(spec, schema) if spec else own
