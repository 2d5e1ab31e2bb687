"""JSON Schemas of records for the OpenAPI document: as read, and as written, by one principal."""

from __future__ import annotations

from engine.model.addresses import PARTS
from engine.model.coordinates import SYSTEMS
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.locations import LONGEST_WORDS, MOST_ACCURACY, SHAPE
from engine.runtime.access.rights import writable_fields
from engine.runtime.storage.built_in import TOLD, field_of
from engine.runtime.storage.rich_texts import HTML
from engine.runtime.work import Work
from engine.widgets.default_items import enterable

ID_PATTERN = "^[0-9A-HJKMNP-TV-Z]{13}$"
Schema = dict[str, object]


def record_schema(entity: Entity, readable: frozenset[str], language: str) -> Schema:
    """A record as read: its built-in parts, and the fields that may be readable; an unreadable cell is left out."""
    properties: Schema = {
        "id": {"type": "string", "pattern": ID_PATTERN},
        "version": {"type": "integer"},
        "@masked": {"type": "array", "items": {"type": "string"}},
    }
    for name in (*entity.fields, *TOLD):
        field = field_of(entity, name)
        if field is not None and name in readable:
            properties[name] = {"title": field.label.text(language), **_nullable(_cell_schema(field))}
            if field.kind in REFERENCE_KINDS:
                properties[f"{name}.@title"] = {"type": ["string", "null"]}
            if field.rich:
                properties[f"{name}.@{HTML}"] = {"type": ["string", "null"]}
    return {"type": "object", "title": entity.label.text(language), "required": ["id"], "properties": properties}


def input_schema(work: Work, entity: Entity) -> Schema:
    """A record as written: the fields that the principal may write by hand, and the rows of its parts."""
    properties = _input_properties(work, entity)
    for collection in entity.collections.values():
        child = work.model.entities[collection.entity]
        if child.part_of == collection.by:
            row = {name: one for name, one in _input_properties(work, child).items() if name != collection.by}
            row |= {
                "id": {"type": "string", "pattern": ID_PATTERN},
                "version": {"type": "integer", "minimum": 1},
                "_delete": {"type": "boolean"},
            }
            items = {"type": "object", "additionalProperties": False, "properties": row}
            properties[collection.name] = {"type": "array", "maxItems": 1000, "items": items}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _input_properties(work: Work, entity: Entity) -> Schema:
    writable = writable_fields(work.model, work.context, entity.name)
    return {
        name: {"title": field.label.text(work.context.language), **_nullable(_written_schema(field))}
        for name, field in entity.fields.items()
        if name in writable and enterable(field)
    }


def _cell_schema(field: Field) -> Schema:
    """A cell as read: what is stored, or the text of its mask."""
    return value_schema(field) if field.mask is None else {"anyOf": [value_schema(field), {"type": "string"}]}


def _written_schema(field: Field) -> Schema:
    """A value as written: an address also as the codes of its divisions and what stands behind them, a location by parts, a rich
    text as HTML."""
    if field.rich:
        html = {
            "type": "object",
            "additionalProperties": False,
            "required": [HTML],
            "properties": {HTML: value_schema(field)},
        }
        return {"anyOf": [value_schema(field), html]}
    if field.kind is FieldKind.LOCATION:
        return {"anyOf": [{"type": "string", "maxLength": 2000}, _LOCATION]}
    if field.kind is not FieldKind.ADDRESS:
        return value_schema(field)
    parts = {part: {"type": "string"} for part in PARTS}
    return {"anyOf": [value_schema(field), {"type": "object", "additionalProperties": False, "properties": parts}]}


_DEGREES: Schema = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_LOCATION: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["lat", "lng"],
    "properties": {
        "lat": _DEGREES,
        "lng": _DEGREES,
        "system": {"type": "string", "enum": list(SYSTEMS)},
        "accuracy": {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_ACCURACY},
        "taken": {"type": ["string", "null"], "format": "date-time"},
        "words": {"type": ["string", "null"], "maxLength": LONGEST_WORDS},
    },
}
"""A location as programs write it: degrees of a system (wgs84 unless said), metres, when, words."""


def value_schema(field: Field) -> Schema:
    """The JSON of a field: numbers with decimals and ids are texts, so that no reader rounds them."""
    if field.kind in REFERENCE_KINDS or field.kind is FieldKind.ATTACHMENT:
        return {"type": "string", "pattern": ID_PATTERN}
    if field.kind is FieldKind.INTEGER or field.kind is FieldKind.DURATION:
        return {"type": ["integer", "string"]}
    if field.kind in NUMERIC_KINDS:
        return {"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,18})?$"}
    if field.kind is FieldKind.BOOLEAN:
        return {"type": "boolean"}
    if field.kind is FieldKind.DATE:
        return {"type": "string", "format": "date"}
    if field.kind is FieldKind.INSTANT:
        return {"type": "string", "format": "date-time"}
    if field.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return {"type": "string", "enum": [one.name for one in field.choices]}
    if field.kind is FieldKind.CHOICES:
        return {"type": "array", "items": {"type": "string", "enum": [one.name for one in field.choices]}}
    if field.kind is FieldKind.LOCATION:
        return {"type": "string", "pattern": SHAPE}
    return {"type": "string"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def error_schema() -> Schema:
    """The one shape of every refusal."""
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "request_id": {"type": "string"},
                    "problems": {"type": "array", "items": {"type": "object"}},
                },
            }
        },
    }
