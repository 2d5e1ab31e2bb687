"""What the values of a document mean: names of other things, formulas, labels, found by walking data and schema together.

A schema says it with `x-ref` (the value names something), `x-ref-keys` (the keys of a map do), and `x-type`
(label or formula). Reference check, formula compilation, label check and renaming all read this one walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.dsl.document import Document
from engine.dsl.schema_store import Schema, resolved, schema_of
from engine.dsl.source import Path
from engine.extensions import ConnectorSpec, NodeSpec
from engine.widgets.registry import WidgetSpec

WidgetSchemas = Mapping[str, WidgetSpec]
ConnectorSpecs = Mapping[str, ConnectorSpec]
NO_CONNECTORS: ConnectorSpecs = MappingProxyType({})
"""Where connectors are not known: sources are read, and not judged by them."""
NodeSpecs = Mapping[str, NodeSpec]
NO_NODES: NodeSpecs = MappingProxyType({})
"""Where the kinds of nodes are not known: nodes are read, and not judged by their kinds."""


def no_nodes() -> NodeSpecs:
    """The default of frozen values that hold the kinds of nodes."""
    return NO_NODES


def no_connectors() -> ConnectorSpecs:
    """The default of frozen values that hold connectors."""
    return NO_CONNECTORS


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


class Annotations:
    """Finds the meaningful values of documents; keeps what the schemas say, each part resolved once."""

    def __init__(self, widgets: WidgetSchemas, nodes: NodeSpecs = NO_NODES) -> None:
        self._widgets = widgets
        self._nodes = nodes
        self._readings: dict[str, _Reading] = {}

    def uses(self, document: Document) -> tuple[Use, ...]:
        """All meaningful values of a document, in the order of the text."""
        if document.kind not in self._readings:
            self._readings[document.kind] = _Reading(schema_of(document.kind), self._widgets, self._nodes)
        reading, found = self._readings[document.kind], list[Use]()
        reading.walk(document.data, reading.part(reading.root), (), found)
        return tuple(found)


def item_properties(spec: WidgetSpec, base: Schema) -> Mapping[str, object]:
    """The properties that an item with this widget may have: those of every item, and the widget's own."""
    own = spec.schema.get("properties")
    shared = base.get("properties")
    return {**(shared if isinstance(shared, Mapping) else {}), **(own if isinstance(own, Mapping) else {})}


@dataclass(slots=True)
class _Part:
    """What one part of a schema says about values there; the parts below are resolved when a value first needs them."""

    schema: Schema
    is_label: bool
    meaning: str | None
    """What a text there names, or formula."""
    listed: str | None
    """What the texts of a list there name, where its items say nothing themselves."""
    keys: str | None
    is_silent: bool
    """Neither the part nor anything below it speaks of values."""
    has_widget: bool
    has_node: bool
    """Its settings are those of the kind of node that it names."""
    below: dict[str, _Part | None]
    items: _Part | None = None


class _Reading:
    """The schema of one kind, as far as documents have used it."""

    def __init__(self, root: Schema, widgets: WidgetSchemas, nodes: NodeSpecs) -> None:
        self.root = root
        self._widgets = widgets
        self._nodes = nodes
        self._parts: dict[tuple[int, str | None], _Part] = {}
        self._of_widgets: dict[tuple[int, str], _Part] = {}

    def part(self, declared: object, inherited: str | None = None) -> _Part:
        """`declared` of the schema, resolved; `inherited` is what the list around it says of its texts."""
        key = (id(declared), inherited)
        if key not in self._parts:
            self._parts[key] = _part(resolved(declared, self.root), inherited)
        return self._parts[key]

    def walk(self, value: object, part: _Part, path: Path, found: list[Use]) -> None:
        """Add the uses in `value`, which stands at `path` under `part`."""
        if part.is_label:
            found.append(Use(path, LABEL, value))
        elif isinstance(value, str):
            if part.meaning is not None:
                found.append(Use(path, part.meaning, value))
        elif part.is_silent:
            return
        elif isinstance(value, dict):
            self._map(value, part, path, found)
        elif isinstance(value, list):
            of_items = self._items(part)
            for index, item in enumerate(value):
                self.walk(item, of_items, (*path, index), found)

    def _map(self, value: Mapping[str, object], part: _Part, path: Path, found: list[Use]) -> None:
        at = self._with_widget(part, value.get("widget")) if part.has_widget else part
        at = self._with_node(at, value.get("node")) if part.has_node else at
        for key, inner in value.items():
            below = at.below[key] if key in at.below else self._below(at, key)
            if at.keys is not None:
                found.append(Use((*path, key), at.keys, key, is_key=True))
            if below is not None:
                self.walk(inner, below, (*path, key), found)

    def _items(self, part: _Part) -> _Part:
        if part.items is None:
            part.items = self.part(part.schema.get("items"), part.listed)
        return part.items

    def _below(self, at: _Part, key: str) -> _Part | None:
        """The part of a key; a key that the schema does not list is looked up each time, for there may be any number."""
        properties = _mapping(at.schema.get("properties"))
        declared = properties.get(key, at.schema.get("additionalProperties"))
        below = self.part(declared) if isinstance(declared, Mapping) else None
        if key in properties:
            at.below[key] = below
        return below

    def _with_widget(self, part: _Part, widget: object) -> _Part:
        """The part of an item: with the properties of its widget."""
        spec = self._widgets.get(widget) if isinstance(widget, str) else None
        if spec is None:
            return part
        key = (id(part), spec.name)
        if key not in self._of_widgets:
            schema = {**part.schema, "properties": item_properties(spec, part.schema)}
            self._of_widgets[key] = _part(schema, None)
        return self._of_widgets[key]

    def _with_node(self, part: _Part, node: object) -> _Part:
        """The part of a node: its settings are those of its kind."""
        spec = self._nodes.get(node) if isinstance(node, str) else None
        if spec is None:
            return part
        key = (id(part), f"node {spec.name}")
        if key not in self._of_widgets:
            self._of_widgets[key] = _part(with_settings(spec, part.schema), None)
        return self._of_widgets[key]


def with_settings(spec: NodeSpec, base: Schema) -> Schema:
    """The schema of a node, or of a step that is one, with the settings of its kind."""
    return {**base, "properties": {**_mapping(base.get("properties")), "settings": spec.settings_schema}}


def _part(schema: Schema, inherited: str | None) -> _Part:
    kind, named, keys = schema.get("x-type"), schema.get("x-ref", inherited), schema.get("x-ref-keys")
    listed = named if isinstance(named, str) else None
    below = [schema.get(name) for name in ("properties", "additionalProperties", "items")]
    is_silent = not any(isinstance(one, Mapping) for one in below) and listed is None and not isinstance(keys, str)
    return _Part(
        schema=schema,
        is_label=kind == LABEL,
        meaning=FORMULA if kind == FORMULA or schema.get("x-formula") is True else listed,
        listed=listed,
        keys=keys if isinstance(keys, str) else None,
        is_silent=is_silent,
        has_widget="widget" in _mapping(schema.get("properties")),
        has_node=_mapping(schema.get("properties")).keys() >= {"node", "settings"},
        below={},
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
