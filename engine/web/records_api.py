"""The REST interface of every entity: list, read, write, move, bulk, history, picking, figures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, NotFound
from engine.model.requests import Outcome
from engine.runtime.access.rights import readable_fields
from engine.runtime.history import history
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.lists import list_bodies
from engine.runtime.query.parameters import parse_query
from engine.runtime.query.picker import pick
from engine.runtime.query.records import get_body, get_record
from engine.runtime.records.bulk import Operation, bulk
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.fresh_headers import fresh_headers
from engine.web.past import looking_back
from engine.web.responses import json_response, their_change_body
from engine.web.site import Site

BULK_LIMIT = 1000
Body = Mapping[str, object]


def list_rows(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}: filtered, sorted, searched, page by page; as of a moment with `as_of`."""
    entity, work = api_entity(work, call), looking_back(work, call, site)
    request = parse_query(work, entity.name, call.query)
    return json_response(list_bodies(work, request), headers=fresh_headers(work, [entity.name]))


def read_row(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}: one row, as of a moment with `as_of`; If-None-Match with its version answers 304."""
    entity, work = api_entity(work, call), looking_back(work, call, site)
    body = get_body(work, entity.name, decode_id(call.parameters["record"]))
    tag = f'"{body["version"]}"'
    if call.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return json_response({"data": body}, headers={"etag": tag, **fresh_headers(work, [entity.name])})


def create_row(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}: create; an Idempotency-Key makes a repeat harmless."""
    entity = api_entity(work, call)
    values, children = _values(entity, call)
    outcome = create(work, entity.name, values, key=call.headers.get("idempotency-key"), children=children)
    headers = {"location": f"/api/records/{entity.name}/{encode_id(outcome.id)}"}
    return _written(work, entity, outcome, 200 if outcome.replayed else 201, headers)


def update_row(work: Work, call: Call, site: Site) -> Response:
    """PATCH /api/records/{entity}/{record}: change fields; If-Match names the version that was read."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    values, children = _values(entity, call)
    version = version_of(call.headers.get("if-match"))
    if version is not None:
        _check_row_versions(children)
    outcome = update(
        work,
        entity.name,
        record,
        values,
        expected_version=version,
        key=call.headers.get("idempotency-key"),
        children=children,
    )
    return _written(work, entity, outcome)


def delete_row(work: Work, call: Call, site: Site) -> Response:
    """DELETE /api/records/{entity}/{record}: delete softly."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    delete(work, entity.name, record, expected_version=version_of(call.headers.get("if-match")))
    return Response(status_code=204)


def restore_row(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}/{record}/restore: bring a deleted row back."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    outcome = restore(work, entity.name, record)
    return _written(work, entity, outcome)


def move_row(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}/{record}/transitions/{transition}: take a transition."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    values, _ = _values(entity, call) if call.json is not None else ({}, {})
    outcome = transition(
        work,
        entity.name,
        record,
        call.parameters["transition"],
        values=values,
        expected_version=version_of(call.headers.get("if-match")),
        key=call.headers.get("idempotency-key"),
    )
    return _written(work, entity, outcome)


def bulk_rows(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}/bulk: many operations, each with its own result."""
    entity = api_entity(work, call)
    listed = _object(call.json).get("operations")
    if not isinstance(listed, list) or not 0 < len(listed) <= BULK_LIMIT:
        raise BadRequest(
            Message(
                f"operations 应为 1 到 {BULK_LIMIT} 个操作的列表",
                f"operations takes a list of 1 to {BULK_LIMIT} operations",
            )
        )
    results = bulk(work, entity.name, [_operation(one) for one in listed])
    language = work.context.language
    return json_response(
        {
            "results": [
                {"id": encode_id(one.outcome.id), "version": one.outcome.version, **_warnings(one.outcome)}
                if one.outcome
                else {
                    "error": {"code": one.error.code, "message": one.error.message.text(language)}
                    if one.error
                    else None
                }
                for one in results
            ]
        }
    )


def row_history(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/history: who changed which field, when, from what to what."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    get_record(work, entity.name, record)
    entries = history(work, entity.name, record)
    return json_response(
        {
            "data": [
                {
                    "at": one.at.isoformat(),
                    "by": one.actor,
                    "action": one.action,
                    "field": one.field,
                    "old": json_of(one.old, entity.fields[one.field]) if one.field in entity.fields else None,
                    "new": json_of(one.new, entity.fields[one.field]) if one.field in entity.fields else None,
                }
                for one in entries
            ]
        }
    )


def pick_rows(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/pick/{field}?q=…: rows that a relation, user or unit field may point at."""
    entity = api_entity(work, call)
    found = pick(work, entity.name, call.parameters["field"], call.first.get("q", "")[:100], 20)
    return json_response({"data": [{"id": encode_id(one.id), "label": one.label} for one in found]})


def api_entity(work: Work, call: Call) -> Entity:
    """The entity of an API address; one that the caller has no right to read does not exist for them."""
    entity = work.model.entities.get(call.parameters["entity"])
    if entity is None or not readable_fields(work.model, work.context, entity.name):
        raise NotFound
    return entity


def etag(version: int) -> str:
    return f'"{version}"'


def version_of(header: str | None) -> int | None:
    """The version in an If-Match header; None when absent or `*`."""
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdigit() or len(text) > 18:
        raise BadRequest(Message("If-Match 应为带引号的版本号", "If-Match takes a version in quotes"))
    return int(text)


def _written(
    work: Work,
    entity: Entity,
    outcome: Outcome,
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The row after a write, as its writer may read it, the changes of others that it was merged with, and what is to be said
    of it."""
    try:
        body: dict[str, object] = {"data": get_body(work, entity.name, outcome.id)}
    except NotFound:
        body = {"data": {"id": encode_id(outcome.id)}}
    if outcome.merged:
        body["merged"] = {one.path: their_change_body(one) for one in outcome.merged}
    return json_response({**body, **_warnings(outcome)}, status, {"etag": etag(outcome.version), **headers})


def _warnings(outcome: Outcome) -> dict[str, object]:
    """What is to be said of a write that was done, where there is anything."""
    return {"warnings": list(outcome.warnings)} if outcome.warnings else {}


def _object(value: object) -> Body:
    if not isinstance(value, dict):
        raise BadRequest(Message("请求体应为 JSON 对象", "The body must be a JSON object"))
    return value


def _values(entity: Entity, call: Call) -> tuple[Body, dict[str, list[dict[str, object]]]]:
    """Field values and sub-table rows of a body; collections are keys of the same object."""
    values, children = {}, {}
    for name, value in _object(call.json).items():
        if name in entity.collections and isinstance(value, list):
            children[name] = [_child(one) for one in value]
        else:
            values[name] = value
    return values, children


def _child(value: object) -> dict[str, object]:
    row = dict(_object(value))
    if isinstance(row.get("id"), str):
        row["id"] = decode_id(str(row["id"]))
    return row


def _check_row_versions(children: Mapping[str, list[dict[str, object]]]) -> None:
    """With If-Match every row of a part that stands says which version of it was read. Raises BadRequest."""
    for name, rows in children.items():
        for index, row in enumerate(rows):
            if "id" in row and not isinstance(row.get("version"), int):
                place = f"{name}.{index}.version"
                raise BadRequest(
                    Message(
                        f"使用 If-Match 时，{place} 须为读到的版本号",
                        f"With If-Match, {place} must be the version that was read",
                    ),
                    field=place,
                )


def _operation(value: object) -> Operation:
    one = _object(value)
    record = one.get("id")
    values = one.get("values", {})
    return Operation(
        action=str(one.get("action", "")),
        record=decode_id(str(record)) if record is not None else None,
        values=_object(values),
        expected_version=version if isinstance(version := one.get("version"), int) else None,
        transition=str(one["transition"]) if "transition" in one else None,
    )
