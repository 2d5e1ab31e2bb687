"""What an entity cannot mean although its names are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from engine.diagnostics import Diagnostic
from engine.dsl.kinds import RESERVED_NAMES, SYSTEM_COLUMNS, is_reserved
from engine.dsl.metric_units import declared_unit
from engine.dsl.part import Part
from engine.dsl.passes.fields import exact
from engine.dsl.symbols import FieldSymbol, resolve_path
from engine.model.entities import (
    ANSWER_FIELDS,
    ANSWER_FIELDS_KNOWN,
    NUMERIC_KINDS,
    REFERENCE_KINDS,
    TEXT_KINDS,
    FieldKind,
)
from engine.model.names import BUILT_IN_FIELDS
from engine.model.patterns import is_pattern

_PATTERN_PART = re.compile(r"\{([^{}]*)\}")
_SHOWN_BY = {
    "unit": (("unit",),),
    "year": (("yyyy", "yy"),),
    "month": (("yyyy", "yy"), ("mm",)),
    "day": (("yyyy", "yy"), ("mm",), ("dd",)),
}
"""What a pattern must show for numbers of one period or unit not to repeat in the next: of each group one part."""
_KNOWN_PARTS = re.compile(r"(yyyy|yy|mm|dd|unit|seq:[1-9])$")
_COMPARED = (TEXT_KINDS | REFERENCE_KINDS | {FieldKind.CHOICE, FieldKind.DATE}) - {FieldKind.LONG_TEXT}
"""Kinds by which records of one thing are told."""
_NO_INDEX = frozenset({FieldKind.LONG_TEXT, FieldKind.CHOICES, FieldKind.ATTACHMENT})


def check_entity(part: Part) -> Iterator[Diagnostic]:
    """All that is wrong with the entity as a whole and with each field."""
    symbol = part.context.symbols.entities[part.name]
    if (
        not part.has("title")
        and not symbol.part_of
        and not any(one.kind in TEXT_KINDS for one in symbol.fields.values())
    ):
        yield part.key_problem("E403", "fields")
    states = [one.name for one in symbol.fields.values() if one.kind is FieldKind.STATE]
    for name in states[1:]:
        yield part.key_problem("E409", "fields", name)
    for former in part.formers():
        if former in part.context.symbols.entities:
            yield part.problem("E418", "renamed_from", name=former)
        elif is_reserved("entities", former):
            yield part.problem("E126", "renamed_from", name=former)
    yield from _paths(part)
    yield from _whole(part)
    yield from _handed_over(part)
    yield from _collected(part)
    yield from _keys(part)
    yield from _copied(part)
    yield from _starting_rows(part)
    yield from _filled(part)
    for name, field in symbol.fields.items():
        yield from _field(part.inner("fields", name), field)


def _paths(part: Part) -> Iterator[Diagnostic]:
    owned_by, subject = part.optional("owned_by"), part.optional("subject")
    if owned_by:
        found = resolve_path(part.context.symbols, part.name, owned_by)
        if found.built_in != "scope_unit" and found.field and found.field.kind is not FieldKind.UNIT:
            yield part.problem("E404", "owned_by", path=owned_by)
    if subject:
        found = resolve_path(part.context.symbols, part.name, subject)
        if found.field and found.field.kind is not FieldKind.RELATION:
            yield part.problem("E405", "subject", path=subject)


def _whole(part: Part) -> Iterator[Diagnostic]:
    name = part.optional("part_of")
    field = part.inner("fields", name) if name else None
    if field is None or not field.value:
        return
    fits = field.text("type") == "relation" and field.flag("required") and field.text("on_delete") == "cascade"
    if not fits:
        yield part.problem("E406", "part_of", name=name)


def _handed_over(part: Part) -> Iterator[Diagnostic]:
    fields = part.context.symbols.entities[part.name].fields
    for at, name in enumerate(part.inner("hand_over").names("fields")):
        field = fields.get(name)
        if field and (field.kind is not FieldKind.USER or part.inner("fields", name).has("formula")):
            yield part.problem("E429", "hand_over", "fields", at, name=name)


def _copied(part: Part) -> Iterator[Diagnostic]:
    """A row points at the one it was entered from, counts on from it, and brings along parts of it alone."""
    symbols, inner = part.context.symbols, part.inner("copied")
    fields, collections = symbols.entities[part.name].fields, symbols.entities[part.name].collections
    origin, counts = fields.get(inner.text("origin")), fields.get(inner.text("counts"))
    if origin is not None and origin.kind is not None and origin.target != part.name:
        yield part.problem("E484", "copied", "origin", name=origin.name)
    if counts is not None and counts.kind is not None and (counts.kind is not FieldKind.INTEGER or counts.computed):
        yield part.problem("E484", "copied", "counts", name=counts.name)
    for at, name in enumerate(inner.names("parts")):
        found = collections.get(name)
        if found is not None and symbols.entities[found.entity].part_of != found.by:
            yield part.problem("E484", "copied", "parts", at, name=name)


def _starting_rows(part: Part) -> Iterator[Diagnostic]:
    """Starting rows are told apart by the one text of their natural key."""
    keys = [part.context.symbols.entities[part.name].fields.get(name) for name in part.names("natural_key")]
    if part.has("starts_with") and [one.kind for one in keys if one] != [FieldKind.TEXT]:
        yield part.key_problem("E420", "starts_with")


def _proposed(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    """A row is proposed by the words of a text; what it took the place of was a choice."""
    fields, inner = part.context.symbols.entities[field.entity].fields, part.inner("proposed")
    for key, kinds in (("from", {FieldKind.TEXT, FieldKind.LONG_TEXT}), ("instead_of", {FieldKind.CHOICE})):
        named = fields.get(inner.text(key))
        if named is not None and named.kind not in {*kinds, None}:
            yield part.problem("E413", "proposed", key, type=named.kind, name=named.name)


def _collected(part: Part) -> Iterator[Diagnostic]:
    """What the engine writes must fit: known fields of their types, and nothing else that a row needs."""
    if not part.has("collects"):
        return
    for key in ("checks", "unique"):
        if part.has(key):
            yield part.problem("E442", key, key=key)
    for name, field in part.context.symbols.entities[part.name].fields.items():
        wanted = ANSWER_FIELDS.get(name)
        if wanted is not None and field.kind is not None and (field.kind is not wanted or field.computed):
            yield part.key_problem("E440", "fields", name, name=name, type=wanted)
        elif name not in ANSWER_FIELDS_KNOWN and _needed(part.inner("fields", name)):
            yield part.key_problem("E441", "fields", name, name=name)


def _filled(part: Part) -> Iterator[Diagnostic]:
    """Figures go into fields that are entered as numbers."""
    fields = part.context.symbols.entities[part.name].fields
    for one in part.items("from_figures"):
        field = fields.get(one.text("field"))
        if field is not None and field.kind is not None and (field.kind not in NUMERIC_KINDS or field.computed):
            yield one.problem("E413", "field", type=field.kind, name=field.name)


def _needed(part: Part) -> bool:
    return part.flag("required") and not part.has("default") and not part.has("default_formula")


def _keys(part: Part) -> Iterator[Diagnostic]:
    """Unique rules, indexes and natural keys name fields that a database can index."""
    fields = part.context.symbols.entities[part.name].fields
    listed: list[tuple[tuple[str | int, ...], str]] = []
    for position, rule in enumerate(part.items("unique")):
        listed += [(("unique", position, "fields", at), name) for at, name in enumerate(rule.names("fields"))]
    indexes = part.value.get("indexes")
    for position, names in enumerate(indexes if isinstance(indexes, list) else ()):
        listed += [(("indexes", position, at), str(name)) for at, name in enumerate(names)]
    listed += [(("natural_key", at), name) for at, name in enumerate(part.names("natural_key"))]
    for path, name in listed:
        field = fields.get(name)
        if field and field.kind in _NO_INDEX:
            yield part.problem("E413", *path, type=field.kind, name=name)
    for rule in part.items("duplicates"):
        for at, name in enumerate(rule.names("fields")):
            field = fields.get(name)
            if field and field.kind is not None and field.kind not in _COMPARED:
                yield rule.problem("E413", "fields", at, type=field.kind, name=name)


def _field(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    if field.name in BUILT_IN_FIELDS:
        yield part.key_problem("E401", name=field.name)
    elif field.name in (RESERVED_NAMES | SYSTEM_COLUMNS) - {"unit", "user"}:
        yield part.key_problem("E126", name=field.name)
    for former in part.formers():
        if former in part.context.symbols.entities[field.entity].fields:
            yield part.problem("E418", "renamed_from", name=former)
    yield from declared_unit(part)
    yield from _exclusions(part)
    yield from _limits(part, field)
    yield from _default(part, field)
    if field.kind is FieldKind.NUMBER_CODE:
        yield from _number_pattern(part)
    elif part.has("pattern"):
        yield from _regular_expression(part)
    if field.kind is FieldKind.RELATION:
        yield from _inverse(part, field)
        yield from _proposed(part, field)
    if field.kind is FieldKind.STATE:
        yield from _state(part, field)


def _exclusions(part: Part) -> Iterator[Diagnostic]:
    """Keys that say contrary things."""
    for first, second in (
        ("default", "default_formula"), ("formula", "default"), ("formula", "default_formula"), ("formula", "required_when"),
    ):  # fmt: skip
        if part.has(first) and part.has(second):
            yield part.key_problem("E410", second, first=first, second=second)
    if part.has("formula") and part.flag("required"):
        yield part.key_problem("E410", "required", first="formula", second="required")
    if part.flag("required") and part.text("on_delete") == "clear":
        yield part.problem("E410", "on_delete", first="required: true", second="on_delete: clear")
    if part.flag("unique") and part.text("type") in _NO_INDEX:
        yield part.key_problem("E413", "unique", type=part.text("type"), name=part.path[-1])


def _limits(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    low, high = exact(part.value.get("min")), exact(part.value.get("max"))
    for key, number in (("min", low), ("max", high)):
        if part.has(key) and number is None:
            yield part.problem("E407", key, value=part.value[key], type=field.kind)
    if low is not None and high is not None and low > high:
        yield part.problem("E411", "min", low=low, high=high)
    if field.kind in NUMERIC_KINDS and field.scale > field.precision:
        yield part.problem("E416", "scale", scale=field.scale, precision=field.precision)


def _default(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    if not part.has("default") or field.kind is None:
        return
    if field.kind is FieldKind.STATE:
        yield part.key_problem("E426", "default", key="default")
    elif field.kind in {FieldKind.CHOICE, FieldKind.CHOICES} and field.options:
        yield from _default_choice(part, field)
    elif not fits(field, part.value["default"]):
        yield part.problem("E407", "default", value=part.value["default"], type=field.kind)


def _default_choice(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    value = part.value["default"]
    for one in value if isinstance(value, list) else [value]:
        if one not in field.options:
            yield part.problem("E310", "default", field=field.name, name=one, allowed=", ".join(field.options))


def fits(field: FieldSymbol, value: object) -> bool:
    """Is `value` a value of the field's type, as written in YAML?"""
    kind = field.kind
    if kind in NUMERIC_KINDS:
        return _fits_number(field, value)
    if kind is FieldKind.BOOLEAN:
        return isinstance(value, bool)
    if kind is FieldKind.DURATION:
        return exact(value) is not None
    if not isinstance(value, str):
        return False
    if kind in {FieldKind.DATE, FieldKind.INSTANT}:
        return _fits_time(kind, value)
    return kind in TEXT_KINDS


def _fits_number(field: FieldSymbol, value: object) -> bool:
    number = exact(value)
    if number is None:
        return False
    digits = number.normalize().as_tuple()
    scale = max(0, -int(digits.exponent))
    whole = len(digits.digits) + int(digits.exponent)
    return scale <= field.scale and whole <= field.precision - field.scale


def _fits_time(kind: FieldKind, value: str) -> bool:
    try:
        if kind is FieldKind.DATE:
            date.fromisoformat(value)
            return True
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _number_pattern(part: Part) -> Iterator[Diagnostic]:
    pattern = part.text("pattern")
    parts = _PATTERN_PART.findall(pattern)
    wrong = next((one for one in parts if not _KNOWN_PARTS.match(one)), None)
    if wrong is not None or sum(one.startswith("seq:") for one in parts) != 1:
        yield part.problem("E414", "pattern", pattern=pattern, part="{" + (wrong or "seq:n") + "}")
        return
    for per in part.names("per"):
        missing = next((one for one in _SHOWN_BY.get(per, ()) if not set(one) & set(parts)), None)
        if missing is not None:
            yield part.problem("E419", "pattern", pattern=pattern, per=per, part="{" + missing[0] + "}")


def _regular_expression(part: Part) -> Iterator[Diagnostic]:
    if not is_pattern(part.text("pattern")):
        yield part.problem("E417", "pattern", pattern=part.text("pattern")[:80])


def _inverse(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    inverse = part.optional("inverse")
    target = part.context.symbols.entities.get(field.target or "")
    if inverse is None or target is None:
        return
    taken = target.collections.get(inverse)
    other = taken is not None and (taken.entity, taken.by) != (field.entity, field.name)
    if inverse in target.fields or inverse in BUILT_IN_FIELDS or other:
        yield part.problem("E412", "inverse", name=inverse, entity=target.name)


def _state(part: Part, field: FieldSymbol) -> Iterator[Diagnostic]:
    workflow = part.context.symbols.document("workflows", field.workflow or "")
    if workflow is None or not workflow.sound:
        return
    entity, moved = workflow.data.get("entity"), workflow.data.get("field")
    if isinstance(entity, str) and isinstance(moved, str) and (entity, moved) != (field.entity, field.name):
        yield part.problem("E415", "workflow", workflow=workflow.name, entity=entity, field=moved)
    for key in ("formula", "default_formula"):
        if part.has(key):
            yield part.key_problem("E426", key, key=key)
