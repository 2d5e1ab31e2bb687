"""OpenAPI 3.1 of the installation, exact for the rights of whoever asks: nothing they may not use is named."""

from __future__ import annotations

from starlette.responses import Response

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS, Entity, FieldKind
from engine.model.errors import NotFound
from engine.runtime.access.rights import allowed_actions, readable_fields
from engine.runtime.comments.reading import may_write
from engine.runtime.knowledge.editing import ACTS, TAKEN
from engine.runtime.knowledge.seeing import may_edit, visible_graphs
from engine.runtime.metrics.sources import figures_for
from engine.runtime.query.filters import OPERATORS
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.names import Reader
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.openapi_schemas import ID_PATTERN, Schema, error_schema, input_schema, record_schema, value_schema
from engine.web.responses import json_response
from engine.web.site import Site

WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE, Action.TRANSITION})
BULK_OPERATIONS: Schema = {
    "type": "object",
    "required": ["operations"],
    "additionalProperties": False,
    "properties": {
        "operations": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
                "type": "object",
                "required": ["action"],
                "properties": {
                    "action": {"enum": ["create", "update", "delete", "restore", "transition", "undo"]},
                    "id": {"type": "string", "pattern": ID_PATTERN},
                    "version": {"type": "integer", "minimum": 1},
                    "transition": {"type": "string"},
                    "values": {"type": "object"},
                },
            },
        }
    },
}
BULK_RESULTS: Schema = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"type": "object"}}},
}
COMMENT_INPUT: Schema = {
    "type": "object",
    "required": ["body"],
    "additionalProperties": False,
    "properties": {"body": {"type": "string", "minLength": 1, "maxLength": 4000}},
}
COMMENT: Schema = {
    "type": "object",
    "required": ["id", "author", "name", "body", "mentions", "made_at", "edited_at", "deleted", "changeable"],
    "properties": {"id": {"type": "string", "pattern": ID_PATTERN}, "body": {"type": "string"}},
}
PICKED: Schema = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"type": "object", "required": ["id", "label"]}}},
}
GRAPH_CHANGE: Schema = {
    "type": "object",
    "required": ["act"],
    "additionalProperties": False,
    "properties": {
        "act": {"enum": list(ACTS)},
        **{name: {"type": "string", "maxLength": 300} for name in sorted(TAKEN - {"act", "version", "x", "y"})},
        "version": {"type": "integer", "minimum": 0},
        "x": {"type": "integer", "minimum": 0, "maximum": 20_000},
        "y": {"type": "integer", "minimum": 0, "maximum": 20_000},
    },
}
GRAPH_CHANGED: Schema = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "object", "required": ["item", "version"]}},
}


def document(work: Work, call: Call, site: Site) -> Response:
    """GET /api/openapi.json: the interface as this principal may use it; `app` narrows it to one application."""
    return json_response(openapi(work, call.first.get("app", "")))


def entities_of_app(model: AppModel, app: str) -> frozenset[str]:
    """The entities of an application and of the packs that it stands on. Raises NotFound."""
    if app not in model.packs:
        raise NotFound
    packs, ahead = set[str](), [app]
    while ahead:
        one = ahead.pop()
        if one not in packs and one in model.packs:
            packs.add(one)
            ahead += model.packs[one].requires
    return frozenset(name for name, entity in model.entities.items() if entity.place.pack in packs)


def openapi(work: Work, app: str = "") -> Schema:
    """The document for the work's principal; of one application, or of all. Raises NotFound."""
    model, context = work.model, work.context
    paths: dict[str, Schema] = {}
    schemas: dict[str, Schema] = {"Error": error_schema()}
    known = entities_of_app(model, app) if app else model.entities.keys()
    for entity in model.entities.values():
        if entity.name not in known:
            continue
        readable = readable_fields(model, context, entity.name)
        actions = allowed_actions(model, context, entity.name)
        if Action.READ not in actions or not readable:
            continue
        language = context.language
        schemas[entity.name] = record_schema(entity, readable, language)
        schemas[f"{entity.name}_input"] = input_schema(work, entity)
        paths.update(_entity_paths(work, entity, actions, readable))
    paths.update(_metric_paths(work))
    paths.update(_inbox_paths())
    paths.update(_knowledge_paths(work))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": model.packs[app].label.text(context.language) if app else "Dougong",
            "version": model.fingerprint[:12],
        },
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


def _entity_paths(
    work: Work, entity: Entity, actions: frozenset[Action], readable: frozenset[str]
) -> dict[str, Schema]:
    base = f"/api/records/{entity.name}"
    one = f"{base}/{{record}}"
    name, summary = entity.name, entity.label.text(work.context.language)
    collection: Schema = {
        "get": _operation(f"list_{name}", f"{summary}", _list_response(name), _list_parameters(work, entity, readable))
    }
    if Action.CREATE in actions and entity.part_of is None:
        collection["post"] = _operation(
            f"create_{name}", summary, _record_response(name, 201), [_key_parameter()], _body(f"{name}_input")
        )
    item: Schema = {
        "parameters": [_record_parameter()],
        "get": _operation(
            f"read_{name}",
            summary,
            {**_record_response(name), "304": {"description": "Not modified"}},
            [_text_parameter("as_of", 40)],
        ),
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
    paths |= _reading_paths(one, name, summary)
    if may_write(work, name):
        paths |= _comment_paths(one, name, summary)
    if actions & WRITES:
        paths[f"{base}/bulk"] = {
            "post": _operation(f"bulk_{name}", summary, {"200": _json_of(BULK_RESULTS)}, [], _inline(BULK_OPERATIONS))
        }
    if Action.DELETE in actions:
        paths[f"{one}/restore"] = {
            "parameters": [_record_parameter()],
            "post": _operation(f"restore_{name}", summary, _record_response(name)),
        }
    fields = [one for one, field in entity.fields.items() if one in readable and field.kind in REFERENCE_KINDS]
    if fields:
        paths[f"{base}/pick/{{field}}"] = {
            "parameters": [_path_parameter("field", fields)],
            "get": _operation(f"pick_{name}", summary, {"200": _json_of(PICKED)}, [_text_parameter("q", 100)]),
        }
    return paths | _transition_paths(work, entity, actions)


def _reading_paths(one: str, name: str, summary: str) -> dict[str, Schema]:
    """History and explanation of a record."""
    found: Schema = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array"}}}
    asked = [_text_parameter("field", 48), _text_parameter("user", 100)]
    return {
        f"{one}/history": {
            "parameters": [_record_parameter()],
            "get": _operation(f"history_{name}", summary, {"200": _json_of(found)}),
        },
        f"{one}/access": {
            "parameters": [_record_parameter()],
            "get": _operation(f"access_{name}", summary, {"200": _json_of(found)}, asked),
        },
    }


def _comment_paths(one: str, name: str, summary: str) -> dict[str, Schema]:
    """What is said about a record, and who can be named in it."""
    paging: list[Schema] = [
        {"name": "before", "in": "query", "schema": {"type": "string", "pattern": ID_PATTERN}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    ]
    said: Schema = {"201": _json_of({"type": "object", "required": ["data"], "properties": {"data": COMMENT}})}
    listed: Schema = {
        "type": "object",
        "required": ["data", "next", "writable"],
        "properties": {"data": {"type": "array", "items": COMMENT}, "next": {"type": ["string", "null"]}},
    }
    return {
        f"{one}/comments": {
            "parameters": [_record_parameter()],
            "get": _operation(f"comments_{name}", summary, {"200": _json_of(listed)}, paging),
            "post": _operation(f"comment_{name}", summary, said, [_key_parameter()], _inline(COMMENT_INPUT)),
        },
        f"{one}/people": {
            "parameters": [_record_parameter()],
            "get": _operation(f"people_{name}", summary, {"200": _json_of(PICKED)}, [_text_parameter("q", 100)]),
        },
    }


def _transition_paths(work: Work, entity: Entity, actions: frozenset[Action]) -> dict[str, Schema]:
    """Moves of the entity's workflow that a role of the principal may take."""
    name, summary = entity.name, entity.label.text(work.context.language)
    workflow = work.model.workflow_of(name)
    moves = [m.id for m in workflow.transitions if m.roles & work.context.principal.roles] if workflow else []
    if not moves or Action.TRANSITION not in actions:
        return {}
    move = _operation(
        f"move_{name}",
        summary,
        _record_response(name),
        [_match_parameter(), _key_parameter()],
        _body(f"{name}_input", False),
    )
    return {
        f"/api/records/{name}/{{record}}/transitions/{{transition}}": {
            "parameters": [_record_parameter(), _path_parameter("transition", moves)],
            "post": move,
        }
    }


def _metric_paths(work: Work) -> dict[str, Schema]:
    """Figures: the metrics that exist for the principal."""
    names = list(figures_for(Reader(work.model, work.context)))
    if not names:
        return {}
    asked: list[Schema] = [
        _text_parameter("by", 200),
        {"name": "bucket", "in": "query", "schema": {"enum": ["day", "week", "month", "quarter", "year"]}},
        {"name": "since", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "until", "in": "query", "schema": {"type": "string", "format": "date"}},
        _text_parameter("as_of", 40),
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
    ]
    row = {"type": "object", "required": ["keys", "titles", "value"]}
    found: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "array", "items": row}},
    }
    return {
        "/api/metrics/{metric}": {
            "parameters": [_path_parameter("metric", names)],
            "get": _operation("figures", "Figures", {"200": _json_of(found)}, asked),
        }
    }


REFUSALS = (400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 429)


def _inbox_paths() -> dict[str, Schema]:
    """What waits for the caller, and acts on many things at once."""
    item: Schema = {"type": "object", "required": ["item", "kind", "id"], "properties": {"item": {"type": "string"}}}
    page: Schema = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {"data": {"type": "array", "items": item}, "next_cursor": {"type": ["string", "null"]}},
    }
    counts: Schema = {
        "type": "object",
        "required": ["count", "kinds"],
        "properties": {
            "count": {"type": "integer", "maximum": 100},
            "notices": {"type": "integer"},
            "kinds": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    order: Schema = {
        "type": "object",
        "required": ["act", "items"],
        "properties": {
            "act": {"type": "string"},
            "items": {"type": "array", "minItems": 1, "maxItems": 200, "items": {"type": "string"}},
            "words": {"type": "string"},
        },
    }
    done: Schema = {
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {"type": "array", "items": {"type": "object", "required": ["item", "done", "problem"]}}
        },
    }
    asked: list[Schema] = [
        *(_text_parameter(name, longest) for name, longest in (("kind", 97), ("q", 200), ("cursor", 8000))),
        {"name": "due", "in": "query", "schema": {"enum": ["", "overdue", "today", "later"]}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS - 1}},
    ]
    return {
        "/api/inbox": {
            "get": _operation("inbox", "What waits for the caller, by when it counts", {"200": _json_of(page)}, asked),
            "post": _operation(
                "act_on_inbox", "One act on many things, each for itself", {"200": _json_of(done)}, [], _inline(order)
            ),
        },
        "/api/inbox/count": {"get": _operation("count_inbox", "How much waits, up to 100", {"200": _json_of(counts)})},
    }


def _knowledge_paths(work: Work) -> dict[str, Schema]:
    """The knowledge graphs that the caller sees: read, asked for the next step, changed by who may."""
    graphs = visible_graphs(work)
    if not graphs:
        return {}
    parameters = [_path_parameter("graph", [graph.name for graph in graphs])]
    listed: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "array", "items": {"type": "object"}}},
    }
    read: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "object", "required": ["name", "label", "version", "nodes", "edges"]}},
    }
    asked = [_text_parameter(name, 2000) for name in ("segment", "objection", "used")]
    way: Schema = {"type": "object", "required": ["purpose", "nodes", "steps", "why"]}
    ways: Schema = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": way}}}
    one: Schema = {
        "parameters": parameters,
        "get": _operation("read_graph", "A knowledge graph", {"200": _json_of(read)}),
    }
    if any(may_edit(work, graph) for graph in graphs):
        one["post"] = _operation(
            "change_graph", "One act on a node or an edge", {"200": _json_of(GRAPH_CHANGED)}, [], _inline(GRAPH_CHANGE)
        )
    return {
        "/api/knowledge": {"get": _operation("list_graphs", "Knowledge graphs", {"200": _json_of(listed)})},
        "/api/knowledge/{graph}": one,
        "/api/knowledge/{graph}/next": {
            "parameters": parameters,
            "get": _operation("next_step", "The next step with a customer", {"200": _json_of(ways)}, asked),
        },
    }


def _operation(
    operation: str, summary: str, responses: Schema, parameters: list[Schema] | None = None, body: Schema | None = None
) -> Schema:
    refused = {"description": "Refused, with the one error shape", **_content({"$ref": "#/components/schemas/Error"})}
    made: Schema = {
        "operationId": operation,
        "summary": summary,
        "parameters": parameters or [],
        "responses": {**responses, **{str(code): refused for code in REFUSALS}},
    }
    if body is not None:
        made["requestBody"] = body
    return made


def _content(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _json_of(schema: Schema) -> Schema:
    return {"description": "Found", **_content(schema)}


def _record_response(name: str, status: int = 200) -> Schema:
    wrapped: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"$ref": f"#/components/schemas/{name}"},
            "merged": {
                "type": "object",
                "description": "Changes of others since the version of If-Match, by field; they stay",
                "additionalProperties": {"type": "object", "required": ["base", "theirs", "by", "at"]},
            },
            "warnings": {
                "type": "array",
                "description": "What rules that warn, and rules of duplicates, say of a write that was done",
                "items": {"type": "string"},
            },
        },
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


def _list_parameters(work: Work, entity: Entity, readable: frozenset[str]) -> list[Schema]:
    """The list's own keys, and each readable field as a filter."""
    plain = [_text_parameter(name, 2000) for name in ("fields", "sort", "search", "cursor", "as_of")]
    plain.append({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}})
    plain += [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in ("count", "deleted")]
    for name, field in entity.fields.items():
        if name in readable and field.kind is not FieldKind.ATTACHMENT:
            words = f"{field.label.text(work.context.language)}; also as {name}__<operator>: {', '.join(OPERATORS)}"
            plain.append({"name": name, "in": "query", "description": words, "schema": value_schema(field)})
    return plain


def _text_parameter(name: str, longest: int) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "string", "maxLength": longest}}


def _path_parameter(name: str, values: list[str]) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "enum": values}}


def _record_parameter() -> Schema:
    return {"name": "record", "in": "path", "required": True, "schema": {"type": "string", "pattern": ID_PATTERN}}


def _key_parameter() -> Schema:
    return {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 200}}


def _match_parameter() -> Schema:
    return {"name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'}}


def _inline(schema: Schema) -> Schema:
    return {"required": True, **_content(schema)}


def _body(name: str, required: bool = True) -> Schema:
    return {"required": required, **_content({"$ref": f"#/components/schemas/{name}"})}
