"""What items of forms say of their fields and cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.dsl.scopes import entity_at
from engine.dsl.symbols import FieldSymbol, resolve_path
from engine.model.entities import FieldKind

_SCANNED = frozenset({FieldKind.TEXT, FieldKind.RELATION})
_OF_CARDS = {
    **dict.fromkeys(("name", "title", "department", "wechat"), frozenset({FieldKind.TEXT})),
    **dict.fromkeys(("mobile", "landline"), frozenset({FieldKind.TEXT, FieldKind.PHONE})),
    "company": frozenset({FieldKind.TEXT, FieldKind.RELATION}),
    "email": frozenset({FieldKind.TEXT, FieldKind.EMAIL}),
    "website": frozenset({FieldKind.TEXT, FieldKind.URL}),
    "address": frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.ADDRESS}),
}
_TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})


def check_form(part: Part) -> Iterator[Diagnostic]:
    """All mistakes of a form's items."""
    yield from _steps(part)
    for item in part.items("items"):
        if item.text("widget") == "field":
            yield from _creation(item)
            yield from _scan(item)
        if item.text("widget") == "range":
            yield from _range(item)
        if item.text("widget") == "business_card":
            yield from _card(item)
        yield from check_form(item)


def _steps(part: Part) -> Iterator[Diagnostic]:
    """Steps are all that a form is made of, two or more."""
    listed = list(part.items("items"))
    steps = [one for one in listed if one.text("widget") == "step"]
    if steps and (part.path or len(steps) < len(listed) or len(steps) == 1):
        odd = next((one for one in listed if one.text("widget") != "step"), steps[0])
        yield odd.problem("E473", "widget")


def _creation(item: Part) -> Iterator[Diagnostic]:
    """Only a row that stands by itself is made over a form."""
    field = _field(item, "field") if item.has("create") else None
    if field is None or field.kind is None:
        return
    target = item.context.symbols.entities.get(field.target or "")
    if field.kind is not FieldKind.RELATION or (target is not None and target.part_of is not None):
        yield item.problem("E471", "create", name=field.name)


def _scan(item: Part) -> Iterator[Diagnostic]:
    """What is read from a code is a text, or a row that it finds."""
    field = _field(item, "field") if item.has("scan") else None
    if field is not None and field.kind is not None and field.kind not in _SCANNED:
        yield item.problem("E413", "scan", type=field.kind, name=field.name)


def _range(item: Part) -> Iterator[Diagnostic]:
    """Both sides are dates, or both instants, that people enter."""
    begins, ends = _field(item, "begins"), _field(item, "ends")
    for key, field in (("begins", begins), ("ends", ends)):
        if field is not None and field.kind is not None and (field.kind not in _TIMES or field.computed):
            yield item.problem("E413", key, type=field.kind, name=field.name)
            return
    if begins is not None and ends is not None and (begins.kind is not ends.kind or begins.name == ends.name):
        yield item.problem("E472", "ends", begins=begins.name, ends=ends.name)


def _card(item: Part) -> Iterator[Diagnostic]:
    """Each part of a card goes to a field of its kind that people enter."""
    for key, kinds in _OF_CARDS.items():
        field = _field(item, key) if item.has(key) else None
        if field is not None and field.kind is not None and (field.kind not in kinds or field.computed):
            yield item.problem("E413", key, type=field.kind, name=field.name)


def _field(item: Part, key: str) -> FieldSymbol | None:
    """The field that a property of an item names."""
    entity = entity_at(item.document, (*item.path, key), item.context.symbols)
    return resolve_path(item.context.symbols, entity, item.text(key)).field if entity is not None else None
