"""Entities: their fields, rules and collections, and what cannot be meant about them."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.entity_checks import check_entity
from engine.dsl.passes.fields import build_field
from engine.dsl.passes.inbox import inbox_kinds, inbox_problems
from engine.model.entities import (
    TEXT_KINDS,
    Check,
    Collection,
    Copied,
    DuplicateRule,
    Entity,
    FieldKind,
    FigureFill,
    HandOver,
    Likeness,
    UniqueRule,
)
from engine.model.names import NO_LABEL

FILLED_FROM_DAYS = 28


def compile_entities(context: PassContext) -> Iterator[Entity | Diagnostic]:
    for part in context.parts("entities"):
        yield from check_entity(part)
        yield from inbox_problems(part)
        yield _entity(part)


def _entity(part: Part) -> Entity:
    fields = {name: build_field(part.inner("fields", name), name) for name, _ in part.entries("fields")}
    owned_by = part.optional("owned_by")
    return Entity(
        name=part.name,
        label=part.label_or(part.name),
        place=part.place,
        fields=MappingProxyType(fields),
        title=title_of(part) or next(iter(fields), ""),
        icon=part.text("icon", "table"),
        subject=part.optional("subject"),
        data_subject=part.flag("data_subject"),
        about_nobody=part.flag("about_nobody"),
        owned_by=tuple(owned_by.split(".")) if owned_by else None,
        hand_over=_hand_over(part),
        copied=_copied(part),
        inbox=tuple(inbox_kinds(part)),
        collects=part.optional("collects"),
        collections=MappingProxyType({one.name: one for one in _collections(part)}),
        checks=tuple(_checks(part)),
        uniques=tuple(_uniques(part)),
        duplicates=tuple(_duplicates(part)),
        indexes=tuple(_indexes(part)),
        natural_key=part.names("natural_key"),
        part_of=part.optional("part_of"),
        renamed_from=part.formers(),
        description=part.label("description"),
        starts_with=part.rows("starts_with"),
        from_figures=tuple(_figure_fills(part)),
    )


def title_of(part: Part) -> str | None:
    """The declared title, else the first text field, else (for parts) the first field that is not the whole."""
    declared = part.optional("title")
    if declared is not None:
        return declared
    symbol = part.context.symbols.entities[part.name]
    texts = [field.name for field in symbol.fields.values() if field.kind in TEXT_KINDS]
    if texts:
        return texts[0]
    others = [name for name in symbol.fields if name != symbol.part_of]
    return others[0] if symbol.part_of and others else None


def _collections(part: Part) -> Iterator[Collection]:
    symbols = part.context.symbols
    for one in symbols.entities[part.name].collections.values():
        origin = symbols.document("entities", one.entity)
        if origin is None:
            continue
        source = Part(part.context, origin, (), origin.data)
        own = source.inner("fields", one.by).label("inverse_label")
        label = own if own != NO_LABEL else source.label_or(one.entity)
        yield Collection(one.name, one.entity, one.by, label)


def _hand_over(part: Part) -> HandOver | None:
    if not part.has("hand_over"):
        return None
    inner = part.inner("hand_over")
    return HandOver(inner.names("fields"), inner.formula("when"))


def _copied(part: Part) -> Copied | None:
    if not part.has("copied"):
        return None
    inner = part.inner("copied")
    fresh = frozenset(inner.names("fresh"))
    return Copied(inner.label("label"), inner.names("parts"), fresh, inner.optional("origin"), inner.optional("counts"))


def _checks(part: Part) -> Iterator[Check]:
    for rule in part.items("checks"):
        expect = rule.formula("expect")
        if expect is not None:
            yield Check(rule.id, expect, rule.label("message"), rule.names("fields"), rule.place)


def _uniques(part: Part) -> Iterator[UniqueRule]:
    for rule in part.items("unique"):
        yield UniqueRule(rule.id, rule.names("fields"), rule.flag("everywhere"), rule.label("message"), rule.place)


def _duplicates(part: Part) -> Iterator[DuplicateRule]:
    for rule in part.items("duplicates"):
        yield DuplicateRule(
            rule.id,
            rule.names("fields"),
            Likeness(rule.text("match", "folded")),
            rule.text("severity") == "refuse",
            rule.text("reveal") == "exists",
            rule.label("message"),
            rule.place,
        )


def _indexes(part: Part) -> Iterator[tuple[str, ...]]:
    declared = part.value.get("indexes")
    for one in declared if isinstance(declared, list) else ():
        if isinstance(one, list):
            yield tuple(str(name) for name in one)


def _figure_fills(part: Part) -> Iterator[FigureFill]:
    for one in part.items("from_figures"):
        match = MappingProxyType({name: str(field) for name, field in one.entries("match")})
        days = one.whole("days", FILLED_FROM_DAYS)
        yield FigureFill(one.id, one.text("field"), one.text("metric"), match, days, one.flag("per_day"))


def state_fields(part: Part) -> tuple[str, ...]:
    symbol = part.context.symbols.entities[part.name]
    return tuple(field.name for field in symbol.fields.values() if field.kind is FieldKind.STATE)
