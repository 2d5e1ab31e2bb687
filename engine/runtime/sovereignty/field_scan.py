"""The scan of an application's fields: what each is called, what its rows hold, and what its formula is worked out from."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, TEXT_KINDS, Entity, Field, FieldKind
from engine.model.subjects import declared_level
from engine.runtime.database.protocol import Session
from engine.runtime.rows import select
from engine.runtime.sovereignty.columns import NOTHING, Column, ColumnLevel, Evidence, classify
from engine.runtime.sovereignty.levels import FieldName
from engine.runtime.storage.tables import entity_tables

NEWEST, OLDEST = 3_000, 1_000
"""Rows of an entity that are looked into, from both ends."""
ROUNDS = 8
"""How far a level is followed from formula to formula."""
_SHAPES: Mapping[FieldKind, str] = {
    FieldKind.BOOLEAN: "flag",
    FieldKind.DATE: "date",
    FieldKind.INSTANT: "date",
    FieldKind.DURATION: "number",
    FieldKind.RELATION: "reference",
    FieldKind.USER: "reference",
    FieldKind.UNIT: "reference",
    FieldKind.RECORD: "reference",
    FieldKind.STATE: "reference",
    FieldKind.CHOICE: "choice",
    FieldKind.CHOICES: "choice",
}
_TYPED: Mapping[FieldKind, str] = {
    FieldKind.PHONE: "mobile",
    FieldKind.EMAIL: "email",
    FieldKind.ADDRESS: "address",
    FieldKind.LOCATION: "precise_location",
}
_SAMPLED = (TEXT_KINDS - {FieldKind.RECORD, FieldKind.LOCATION, FieldKind.ADDRESS, FieldKind.NUMBER_CODE}) | {
    FieldKind.INTEGER
}


def scan(session: Session, model: AppModel) -> list[tuple[FieldName, ColumnLevel]]:
    """The level of every field of an application by its words and its rows, in order of entities and fields."""
    found: dict[FieldName, ColumnLevel] = {}
    stored = {one.name: {column.name for column in one.columns} for one in entity_tables(model)}
    for name in sorted(model.entities):
        found |= _entity(session, model.entities[name], stored[name])
    return list(_derived(model, found).items())


def scan_words(model: AppModel) -> list[tuple[FieldName, ColumnLevel]]:
    """The same by words alone, where there are no rows."""
    found = {
        (name, field.name): classify(column_of(model.entities[name], field))
        for name in sorted(model.entities)
        for field in model.entities[name].fields.values()
    }
    return list(_derived(model, found).items())


def column_of(entity: Entity, field: Field, values: Iterable[object] = ()) -> Column:
    """A field as a column."""
    shape = _SHAPES.get(field.kind, "number" if field.kind in NUMERIC_KINDS else "")
    return Column(
        table=" ".join((entity.name, *entity.label.texts.values())),
        name=field.name,
        labels=tuple(field.label.texts.values()),
        comment=" \n".join(field.help.texts.values()),
        shape=shape,
        values=tuple(values),
        typed=_TYPED.get(field.kind, ""),
    )


def _entity(session: Session, entity: Entity, stored: Container[str]) -> dict[FieldName, ColumnLevel]:
    """The levels of an entity's fields; what has no column of its own is judged by its words."""
    sampled = [one.name for one in entity.fields.values() if one.kind in _SAMPLED and one.name in stored]
    values = _values(session, entity.name, sampled) if sampled else {}
    return {
        (entity.name, field.name): classify(column_of(entity, field, values.get(field.name, ())))
        for field in entity.fields.values()
    }


def _values(session: Session, table: str, columns: list[str]) -> dict[str, list[object]]:
    """Values by column, of the newest and of the oldest rows."""
    rows = select(session, table, columns, order=("-id",), limit=NEWEST)
    rows += select(session, table, columns, order=("id",), limit=OLDEST) if len(rows) == NEWEST else []
    return {name: [row[at] for row in rows] for at, name in enumerate(columns)}


def _derived(model: AppModel, found: dict[FieldName, ColumnLevel]) -> dict[FieldName, ColumnLevel]:
    """What is worked out from something sensitive is as sensitive as that."""
    computed = [
        (entity, field)
        for entity in model.entities.values()
        for field in entity.fields.values()
        if field.formula is not None and field.kind is not FieldKind.BOOLEAN
    ]
    for _ in range(ROUNDS):
        raised = dict(_raised(model, found, computed))
        if not raised:
            break
        found = {name: raised.get(name, one) for name, one in found.items()}
    return found


def _raised(
    model: AppModel, found: Mapping[FieldName, ColumnLevel], computed: Iterable[tuple[Entity, Field]]
) -> Iterator[tuple[FieldName, ColumnLevel]]:
    for entity, field in computed:
        name = (entity.name, field.name)
        for path in sorted(field.formula.references) if field.formula is not None else ():
            source = _end_of(model, entity.name, path)
            level, kind = _level_of(model, found, source)
            if level > found[name].level and kind is not None:
                evidence = Evidence("formula", kind, path)
                yield name, replace(found[name], level=level, kind=kind, score=0.55, evidence=(evidence,))
                break


def _level_of(
    model: AppModel, found: Mapping[FieldName, ColumnLevel], name: FieldName | None
) -> tuple[str, str | None]:
    """What a field that a formula reads is held to be, also by its declaration."""
    if name is None or name not in found:
        return NOTHING, None
    one = found[name]
    declared = declared_level(model.entities[name[0]].fields[name[1]])
    return max(one.level, declared), one.kind


def _end_of(model: AppModel, entity: str, path: str) -> FieldName | None:
    """The entity and the field at the end of a path, also of rows of collections."""
    steps = path.split(".")
    for step in steps[:-1]:
        here = model.entities.get(entity)
        if here is None:
            return None
        collection, field = here.collections.get(step), here.fields.get(step)
        if collection is not None:
            entity = collection.entity
        elif field is not None and field.relation is not None:
            entity = field.relation.entity
        else:
            return None
    here = model.entities.get(entity)
    return (entity, steps[-1]) if here is not None and steps[-1] in here.fields else None
