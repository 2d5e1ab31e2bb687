"""By which day the rows of an entity are told when a sentence says only how long ago."""

from __future__ import annotations

from collections import Counter

from engine.model.app import AppModel
from engine.model.entities import FieldKind

_BEGUN = (
    "since",
    "opened_on",
    "received_on",
    "reported_on",
    "created_on",
    "quoted_on",
    "issued_on",
    "happened_on",
    "occurred_on",
)


def date_of(model: AppModel, entity: str) -> str | None:
    """The day on which its rows began, else the one by which most figures count them, else its first date."""
    declared = model.entities[entity]
    dated = [one.name for one in declared.fields.values() if one.kind is FieldKind.DATE]
    begun = next((name for name in _BEGUN if name in dated), None)
    if begun is not None:
        return begun
    times = Counter(one.time for one in model.metrics.values() if one.entity == entity and one.time in dated)
    if times:
        return times.most_common(1)[0][0]
    plain = [name for name in dated if not declared.fields[name].computed]
    return next(iter(plain or dated), None)
