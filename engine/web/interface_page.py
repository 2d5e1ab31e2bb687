"""The interface for programs as one reads it: of each application what can be asked of which rows, as its reader may, with an example.

Everything here is read off the OpenAPI document of the reader: the page cannot say another thing than the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.app import AppModel, Pack
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.openapi import entities_of_app, openapi
from engine.web.openapi_schemas import Schema
from engine.web.shell import page_response
from engine.web.site import Site

ACTS: Mapping[str, Message] = {
    "list": Message("查询列表：筛选、排序、分页", "List: filter, sort, page"),
    "create": Message("新建", "Create"),
    "read": Message("读取一条，可看过去某一刻", "Read one, also as of an earlier moment"),
    "update": Message("修改，按字段合并", "Change, merged by field"),
    "delete": Message("删除，可恢复", "Delete, can be restored"),
    "restore": Message("恢复", "Restore"),
    "history": Message("修改历史", "History"),
    "access": Message("为什么可见或不可见", "Why it may or may not be seen"),
    "comments": Message("评论", "Comments"),
    "comment": Message("发表评论", "Comment"),
    "people": Message("可提及的人", "Who can be mentioned"),
    "bulk": Message("一次写多条", "Many writes at once"),
    "pick": Message("关联字段可选的记录", "Rows that a reference can point at"),
    "move": Message("流转状态", "Move its state"),
}
"""What the operations are for, by the first word of their name."""
KINDS: Mapping[str, Message] = {
    "date": Message("日期", "date"),
    "date-time": Message("时刻", "moment"),
    "boolean": Message("是/否", "true or false"),
    "integer": Message("整数", "integer"),
    "decimal": Message("小数(文本)", "decimal as text"),
    "id": Message("记录编号", "id of a record"),
    "choice": Message("选项", "one of"),
    "choices": Message("多选", "some of"),
    "rows": Message("明细行", "rows of a part"),
    "string": Message("文本", "text"),
}


BUILT_IN: Mapping[str, Message] = {
    "id": Message("记录编号", "Id"),
    "version": Message("版本，随每次写入递增", "Version, one more with every write"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be done: method, path, what for, and the names it takes in the address."""

    method: str
    path: str
    words: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A field of a row: its name, what people call it, its kind in words, whether it may be written, its choices."""

    name: str
    label: str
    kind: str
    written: bool
    choices: tuple[tuple[str, str], ...]


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /interface: the applications, their entities, and one of them whole. Raises NotFound."""
    model, language = work.model, work.context.language
    apps = [pack for pack in model.packs.values() if pack.is_app]
    chosen = _chosen(apps, call.first.get("app", ""))
    document = openapi(work, chosen.name if chosen else "")
    names = [name for name in _entities(model, chosen) if name in _parts(document, "components", "schemas")]
    entity = call.first.get("entity", "") or next(iter(names), "")
    if entity and entity not in names:
        raise NotFound
    values = {
        "title": Message("接口文档", "Interface").text(language),
        "apps": [(one.name, one.label.text(language), one is chosen) for one in apps],
        "app": chosen.name if chosen else "",
        "entities": [(one, model.entities[one].label.text(language), one == entity) for one in names],
        "entity": entity,
        "label": model.entities[entity].label.text(language) if entity else "",
        "operations": list(_operations(document, entity, language)),
        "fields": list(_fields(document, model.entities[entity], language)) if entity else [],
        "example": _example(site.settings.external_url or "https://…", document, entity) if entity else "",
    }
    return page_response(work, call, site, "interface.html", values)


def _chosen(apps: list[Pack], name: str) -> Pack | None:
    found = next((one for one in apps if one.name == name), None)
    if name and found is None:
        raise NotFound
    return found or next(iter(apps), None)


def _entities(model: AppModel, chosen: Pack | None) -> list[str]:
    """The entities of an application, its own before those that it stands on."""
    if chosen is None:
        return list(model.entities)
    known = entities_of_app(model, chosen.name)
    return sorted(known, key=lambda name: model.entities[name].place.pack != chosen.name)


def _operations(document: Schema, entity: str, language: str) -> Iterator[Operation]:
    base = f"/api/records/{entity}"
    for path, item in _parts(document, "paths").items():
        if path != base and not path.startswith(f"{base}/"):
            continue
        shared = _listed(item, "parameters")
        for method in ("get", "post", "patch", "delete"):
            one = item.get(method) if isinstance(item, Mapping) else None
            if isinstance(one, Mapping):
                act = str(one["operationId"]).partition("_")[0]
                words = ACTS[act].text(language) if act in ACTS else act
                asked = [*shared, *_listed(one, "parameters")]
                names = tuple(str(p["name"]) for p in asked if p.get("in") == "query")
                yield Operation(method.upper(), path, words, names)


def _fields(document: Schema, entity: Entity, language: str) -> Iterator[Told]:
    schemas = _parts(document, "components", "schemas")
    read, written = _parts(schemas, entity.name, "properties"), _parts(schemas, f"{entity.name}_input", "properties")
    for name, schema in (written | read).items():
        if "@" in name or not isinstance(schema, Mapping):
            continue
        field = entity.fields.get(name)
        choices = tuple((one.name, one.label.text(language)) for one in field.choices) if field else ()
        label = str(schema.get("title", "")) or _label(entity, name, language)
        yield Told(name, label, KINDS[_kind(schema)].text(language), name in written, choices)


def _label(entity: Entity, name: str, language: str) -> str:
    """What a part of a row that is no field is called: its built-in columns, and the rows of its parts."""
    if name in BUILT_IN:
        return BUILT_IN[name].text(language)
    collection = entity.collections.get(name)
    return collection.label.text(language) if collection is not None else ""


def _kind(schema: Mapping[str, object]) -> str:
    """The word for a schema: of alternatives the first that is not null."""
    whole = _listed(schema, "anyOf")
    if whole:
        return _kind(next((one for one in whole if one.get("type") != "null"), {}))
    told = schema.get("type")
    if "enum" in schema:
        return "choice"
    if told == "array":
        return "choices" if "enum" in _parts(schema, "items") else "rows"
    if told == "boolean" or schema.get("format") in {"date", "date-time"}:
        return str(schema.get("format") or told)
    if told == "integer" or (isinstance(told, list) and "integer" in told):
        return "integer"
    pattern = str(schema.get("pattern", ""))
    return "decimal" if r"\d" in pattern else "id" if pattern.endswith("{13}$") else "string"


def _example(address: str, document: Schema, entity: str) -> str:
    """Commands that a programmer can paste: the first rows, and a new one where rows may be made."""
    base = f"{address.rstrip('/')}/api/records/{quote(entity)}"
    lines = [f"curl -H 'Authorization: Bearer $TOKEN' '{base}?limit=20'"]
    collection = _parts(document, "paths", f"/api/records/{entity}")
    if "post" in collection:
        written = _parts(document, "components", "schemas", f"{entity}_input", "properties")
        body = json.dumps(dict.fromkeys(list(written)[:2], "…"), ensure_ascii=False)
        lines.append(
            "curl -X POST -H 'Authorization: Bearer $TOKEN' -H 'Content-Type: application/json' \\\n"
            f"     -H 'Idempotency-Key: order-42' -d '{body}' '{base}'"
        )
    return "\n\n".join(lines)


def _parts(schema: Mapping[str, object], *path: str) -> dict[str, object]:
    """The map at a path of the document; an empty one where there is none."""
    found: object = schema
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def _listed(schema: object, name: str) -> list[Mapping[str, object]]:
    found = schema.get(name) if isinstance(schema, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
