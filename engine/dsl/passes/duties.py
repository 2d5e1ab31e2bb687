"""Duties, from text to values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.model.duties import Duty
from engine.model.entities import FieldKind


def compile_duties(context: PassContext) -> Iterator[Duty | Diagnostic]:
    for part in context.parts("duties"):
        yield from _wrong_fields(part)
        yield Duty(
            name=part.name,
            label=part.label(),
            place=part.place,
            entity=part.text("entity"),
            author=part.text("author"),
            day=part.text("day"),
            roles=frozenset(part.names("roles")),
            remind_at=time.fromisoformat(part.text("remind_at")),
            reminder=part.label("reminder"),
            workdays=part.text("every", "workday") == "workday",
        )


def _wrong_fields(part: Part) -> Iterator[Diagnostic]:
    entity = part.context.symbols.entities.get(part.text("entity"))
    for key, kind in (("author", FieldKind.USER), ("day", FieldKind.DATE)):
        field = entity.fields.get(part.text(key)) if entity else None
        if field is not None and field.kind not in {kind, None}:
            yield part.problem("E413", key, type=field.kind, name=field.name)
