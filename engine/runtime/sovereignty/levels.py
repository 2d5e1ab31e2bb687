"""Levels of fields: what the definition declares and what people have confirmed; nothing lowers either of itself."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Field
from engine.model.levels import UNKNOWN
from engine.model.subjects import declared_level

FieldName = tuple[str, str]
"""An entity and a field of it."""
NO_CONFIRMED: Mapping[FieldName, str] = {}


def level_of(field: Field, entity: str = "", confirmed: Mapping[FieldName, str] = NO_CONFIRMED) -> str:
    """The level that holds for a field: the declared one, or a higher one that a person has confirmed."""
    return max(declared_level(field), confirmed.get((entity, field.name), UNKNOWN))
