"""OpenAPI 3.1 of the installation, exact for the rights of whoever asks: nothing they may not use is named."""

from __future__ import annotations

from starlette.responses import Response

from engine.model.access import Action
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.runtime.access.rights import allowed_actions, readable_fields, writable_fields
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site
from engine.widgets.default_items import enterable

ID_PATTERN = "^[0-9A-HJKMNP-TV-Z]{13}$"
Schema = dict[str, object]


def document(work: Work, call: Call, site: Site) -> Response:
    """GET /api/openapi.json: the interface as this principal may use it."""
    return json_response(openapi(work))


def openapi(work: Work) -> Schema:
    """The document for the work's principal."""
    model, context = work.model, work.context
    paths: dict[str, Schema] = {}
    schemas: dict[str, Schema] = {"Error": _error_schema()}
    for entity in model.entities.values():
        readable = readable_fields(model, context, entity.name)
        actions = allowed_actions(model, context, entity.name)
        if Action.READ not in actions or not readable:
            continue
        language = context.language
        schemas[entity.name] = _record_schema(entity, readable, language)
        writable = writable_fields(model, context, entity.name)
        schemas[f"{entity.name}_input"] = _input_schema(work, entity, writable, language)
        paths.update(_entity_paths(work, entity, actions))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dougong", "version": model.fingerprint[:12]},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "dougong_session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _entity_paths(work: Work, entity: Entity, actions: frozenset[Action]) -> dict[str, Schema]:
    base = f"/api/records/{entity.name}"
    one = f"{base}/{{record}}"
    name, summary = entity.name, entity.label.text(work.context.language)
    collection: Schema = {"get": _operation(f"list_{name}", f"{summary}", _list_response(name), _list_parameters())}
    if Action.CREATE in actions and entity.part_of is None:
        collection["post"] = _operation(
            f"create_{name}", summary, _record_response(name, 201), [_key_parameter()], _body(f"{name}_input")
        )
    item: Schema = {
        "parameters": [_record_parameter()],
        "get": _operation(f"read_{name}", summary, {**_record_response(name), "304": {"description": "Not modified"}}),
    }
    if Action.UPDATE in actions:
        item["patch"] = _operation(
            f"update_{name}",
            summary,
            _record_response(name),
            [_match_parameter(), _key_parameter()],
            _body(f"{name}_input"),
        )
    if Action.DELETE in actions:
        item["delete"] = _operation(
            f"delete_{name}", summary, {"204": {"description": "Deleted"}}, [_match_parameter()]
        )
    paths: dict[str, Schema] = {base: collection, one: item}
    paths[f"{one}/history"] = {
        "parameters": [_record_parameter()],
        "get": _operation(f"history_{name}", summary, {"200": _json_of({"type": "object"})}),
    }
    workflow = work.model.workflow_of(entity.name)
    if workflow and Action.TRANSITION in actions:
        moves = [m.id for m in workflow.transitions if m.roles & work.context.principal.roles]
        if moves:
            parameter = {
                "name": "transition",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": moves},
            }
            paths[f"{one}/transitions/{{transition}}"] = {
                "parameters": [_record_parameter(), parameter],
                "post": _operation(
                    f"move_{name}",
                    summary,
                    _record_response(name),
                    [_match_parameter(), _key_parameter()],
                    _body(f"{name}_input", False),
                ),
            }
    return paths


def _operation(
    operation: str, summary: str, responses: Schema, parameters: list[Schema] | None = None, body: Schema | None = None
) -> Schema:
    refused = {"description": "Refused, with the one error shape", **_content({"$ref": "#/components/schemas/Error"})}
    made: Schema = {
        "operationId": operation,
        "summary": summary,
        "parameters": parameters or [],
        "responses": {**responses, **{str(code): refused for code in (400, 401, 403, 404, 409, 413, 415, 422, 429)}},
    }
    if body is not None:
        made["requestBody"] = body
    return made


def _record_schema(entity: Entity, readable: frozenset[str], language: str) -> Schema:
    properties: Schema = {"id": {"type": "string", "pattern": ID_PATTERN}, "version": {"type": "integer"}}
    for name, field in entity.fields.items():
        if name in readable:
            properties[name] = {"title": field.label.text(language), **_nullable(_value_schema(field))}
    return {"type": "object", "title": entity.label.text(language), "required": ["id"], "properties": properties}


def _input_schema(work: Work, entity: Entity, writable: frozenset[str], language: str) -> Schema:
    properties: Schema = {
        name: {"title": field.label.text(language), **_nullable(_value_schema(field))}
        for name, field in entity.fields.items()
        if name in writable and enterable(field)
    }
    for collection in entity.collections.values():
        if work.model.entities[collection.entity].part_of == collection.by:
            properties[collection.name] = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _value_schema(field: Field) -> Schema:
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
    return {"type": "string"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _content(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _json_of(schema: Schema) -> Schema:
    return {"description": "Found", **_content(schema)}


def _record_response(name: str, status: int = 200) -> Schema:
    wrapped: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"$ref": f"#/components/schemas/{name}"}},
    }
    return {str(code): _json_of(wrapped) for code in sorted({200, status})}


def _list_response(name: str) -> Schema:
    wrapped: Schema = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
            "next_cursor": {"type": ["string", "null"]},
            "total": {"type": "integer"},
            "total_capped": {"type": "boolean"},
        },
    }
    return {"200": _json_of(wrapped)}


def _list_parameters() -> list[Schema]:
    texts = ("sort", "search", "cursor", "columns")
    plain: list[Schema] = [
        {"name": name, "in": "query", "schema": {"type": "string", "maxLength": 2000}} for name in texts
    ]
    plain.append({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}})
    plain.append({"name": "count", "in": "query", "schema": {"type": "boolean"}})
    return plain


def _record_parameter() -> Schema:
    return {"name": "record", "in": "path", "required": True, "schema": {"type": "string", "pattern": ID_PATTERN}}


def _key_parameter() -> Schema:
    return {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 200}}


def _match_parameter() -> Schema:
    return {"name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'}}


def _body(name: str, required: bool = True) -> Schema:
    return {"required": required, **_content({"$ref": f"#/components/schemas/{name}"})}


def _error_schema() -> Schema:
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
