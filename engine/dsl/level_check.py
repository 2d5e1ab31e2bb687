"""Fields that declare a level below what their own name says they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.part import PassContext
from engine.model.entities import NUMERIC_KINDS, TEXT_KINDS, Entity, Field
from engine.model.level_rules import SENSITIVE, Kind, level_rules
from engine.model.level_words import mentions
from engine.model.subjects import declared_level


def check_levels(context: PassContext, entities: Mapping[str, object]) -> Iterator[Diagnostic]:
    """Every field whose written `level` is below G3 while its name or label says what is of G3 or above. A level that is
    not written is suggested by the scan and told by nobody here."""
    for part in context.parts("entities"):
        entity = entities.get(part.name)
        for field in entity.fields.values() if isinstance(entity, Entity) else ():
            place = part.inner("fields", field.name)
            kind = _spoken_of(field) if place.has("level") and field.level != "auto" else None
            if kind is not None and declared_level(field) not in SENSITIVE:
                label = kind.label
                yield place.problem(
                    "W407",
                    "level",
                    field=field.name,
                    level=field.level,
                    kind=label.en.lower(),
                    zh=label.zh,
                    higher=kind.level,
                )


def _spoken_of(field: Field) -> Kind | None:
    """The most sensitive kind that a field's name or label says, where its type can hold it."""
    if field.kind not in TEXT_KINDS | NUMERIC_KINDS:
        return None
    rules = level_rules()
    said = mentions(field.name, field.label.texts.values())
    found = [rules.kinds[one.kind] for one in said if one.strong]
    sensitive = [one for one in found if one.sensitive and not one.needs and _holds(field, one)]
    return max(sensitive, key=lambda one: one.level, default=None)


def _holds(field: Field, kind: Kind) -> bool:
    return field.kind in TEXT_KINDS or kind.content.startswith("amount")
