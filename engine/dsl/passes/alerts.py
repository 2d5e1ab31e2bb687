"""Alerts, from text to values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.fields import exact
from engine.model.alerts import ALERT_FIELDS, Alert

WEEKS, LEAST, THRESHOLD, AT = 8, 6, 3.5, "08:00"


def compile_alerts(context: PassContext) -> Iterator[Alert | Diagnostic]:
    for part in context.parts("alerts"):
        yield from _wrong_fields(part)
        threshold = exact(part.value.get("threshold"))
        yield Alert(
            name=part.name,
            label=part.label(),
            place=part.place,
            metric=part.text("metric"),
            by=part.text("by"),
            into=part.text("into"),
            roles=frozenset(part.names("roles")),
            weeks=part.whole("weeks", WEEKS),
            threshold=float(threshold) if threshold is not None else THRESHOLD,
            least=min(part.whole("least", LEAST), part.whole("weeks", WEEKS)),
            direction=part.text("direction", "both"),
            at=time.fromisoformat(part.text("at", AT)),
            follows=part.flag("follows"),
        )


def _wrong_fields(part: Part) -> Iterator[Diagnostic]:
    """What the engine writes must fit the entity's fields; without the alert, the day and the part no fact is known again."""
    entity = part.context.symbols.entities.get(part.text("into"))
    if entity is None or entity.broken:
        return
    for name in ("alert", "day", part.text("by")):
        if name not in entity.fields:
            yield part.problem("E302", "into", entity=entity.name, name=name, allowed=", ".join(entity.fields))
    for name, kind in ALERT_FIELDS.items():
        field = entity.fields.get(name)
        if field is not None and (field.kind not in {kind, None} or field.computed):
            yield part.problem("E413", "into", type=field.kind, name=name)
