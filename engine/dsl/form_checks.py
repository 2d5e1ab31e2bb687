"""What items of forms say of their fields and cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.dsl.scopes import entity_at
from engine.dsl.symbols import FieldSymbol, resolve_path
from engine.model.entities import FieldKind


def check_form(part: Part) -> Iterator[Diagnostic]:
    """All mistakes of a form's items."""
    for item in part.items("items"):
        if item.text("widget") == "field":
            yield from _creation(item)
        yield from check_form(item)


def _creation(item: Part) -> Iterator[Diagnostic]:
    """Only a row that stands by itself is made over a form."""
    field = _field(item, "field") if item.has("create") else None
    if field is None or field.kind is None:
        return
    target = item.context.symbols.entities.get(field.target or "")
    if field.kind is not FieldKind.RELATION or (target is not None and target.part_of is not None):
        yield item.problem("E471", "create", name=field.name)


def _field(item: Part, key: str) -> FieldSymbol | None:
    """The field that a property of an item names."""
    entity = entity_at(item.document, (*item.path, key), item.context.symbols)
    return resolve_path(item.context.symbols, entity, item.text(key)).field if entity is not None else None
