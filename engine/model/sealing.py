"""Sealing: which fields of an entity lie in the row's envelopes, and whose key seals a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind

GROUPS = ("G3", "G4")
"""Levels whose values are sealed: one envelope a row for each."""
SEALABLE = frozenset(
    {
        FieldKind.TEXT,
        FieldKind.LONG_TEXT,
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.URL,
        FieldKind.INTEGER,
        FieldKind.DECIMAL,
        FieldKind.MONEY,
        FieldKind.PERCENT,
        FieldKind.BOOLEAN,
        FieldKind.DATE,
        FieldKind.INSTANT,
        FieldKind.DURATION,
        FieldKind.CHOICE,
        FieldKind.CHOICES,
    }
)
"""Kinds of fields that can be sealed: nothing joins by them, nothing numbers or moves by them."""
ENVELOPE_SUFFIX = "_env"
ENVELOPES = tuple(f"{group.lower()}{ENVELOPE_SUFFIX}" for group in GROUPS)
"""The columns of envelopes, in the order of their groups; no field may bear their names."""
Groups = Mapping[str, tuple[Field, ...]]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What of an entity is sealed: fields by the column of their envelope, and the subject whose key seals a row.

    `subject` is the entity of the subject, empty where rows belong to nobody; `by` the relation that leads to it, None where
    the row is the subject itself.
    """

    columns: Groups
    subject: str = ""
    by: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(field.name for fields in self.columns.values() for field in fields)


NOTHING_SEALED = Sealing(MappingProxyType({}))


def group_of(field: Field) -> str:
    """The level group that a sealed field belongs to: the higher of its level and its floor."""
    return "G4" if "G4" in (field.level, field.floor) else "G3"


def envelope_column(field: Field) -> str:
    """The column in which the envelope of a sealed field lies."""
    return ENVELOPES[GROUPS.index(group_of(field))]


def sealing_of(model: AppModel, entity: str) -> Sealing:
    """What of an entity is sealed."""
    return model.derived(_sealings).get(entity, NOTHING_SEALED)


def sealed_columns(entity: Entity) -> Groups:
    """The sealed fields of an entity by the column of their envelope."""
    found: dict[str, list[Field]] = {}
    for field in entity.fields.values():
        if field.sealed:
            found.setdefault(envelope_column(field), []).append(field)
    return {column: tuple(found[column]) for column in ENVELOPES if column in found}


def _sealings(model: AppModel) -> Mapping[str, Sealing]:
    subjects = {target for one in model.entities.values() if (target := _subject(one)) is not None}
    found: dict[str, Sealing] = {}
    for name, entity in model.entities.items():
        columns = sealed_columns(entity)
        if columns:
            target = _subject(entity)
            if target is not None:
                found[name] = Sealing(columns, target, entity.subject)
            else:
                found[name] = Sealing(columns, name if name in subjects else "")
    return found


def _subject(entity: Entity) -> str | None:
    """The entity that the relation `subject` of an entity leads to; a path of several steps is refused where it seals."""
    field = entity.fields.get(entity.subject) if entity.subject else None
    return field.relation.entity if field is not None and field.relation is not None else None
