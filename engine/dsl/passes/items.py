"""Items of pages and forms: one widget each, with labels, formulas and plain properties resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.dsl.annotations import LABEL
from engine.dsl.part import Part, as_label
from engine.dsl.source import Path
from engine.model.pages import Item

_OF_EVERY_ITEM = frozenset({"id", "widget", "label", "span", "roles", "visible_when", "items"})


def build_items(part: Part) -> tuple[Item, ...]:
    """The items of the document at `part`."""
    found = part.context.meanings(part.document)
    labels = frozenset(use.path for use in found if use.meaning == LABEL)
    return tuple(_item(one, labels) for one in part.items("items"))


def _item(part: Part, labels: frozenset[Path]) -> Item:
    return Item(
        id=part.id,
        widget=part.text("widget"),
        place=part.place,
        label=part.label(),
        span=part.whole("span", 12),
        roles=frozenset(part.names("roles")) if part.has("roles") else None,
        visible_when=part.formula("visible_when"),
        properties=MappingProxyType(dict(_properties(part, labels))),
        items=tuple(_item(one, labels) for one in part.items("items")),
    )


def _properties(part: Part, labels: frozenset[Path]) -> Iterator[tuple[str, object]]:
    for key, value in part.value.items():
        if key not in _OF_EVERY_ITEM and value is not None:
            yield key, _value(part, value, (*part.path, key), labels)


def _value(part: Part, value: object, path: Path, labels: frozenset[Path]) -> object:
    if path in labels:
        return as_label(value, part.context.language(part.pack))
    formula = part.context.formula(part.document, path)
    if formula is not None:
        return formula
    if isinstance(value, list):
        return tuple(_value(part, one, (*path, index), labels) for index, one in enumerate(value))
    if isinstance(value, Mapping):
        return MappingProxyType({str(key): _value(part, one, (*path, key), labels) for key, one in value.items()})
    return value
