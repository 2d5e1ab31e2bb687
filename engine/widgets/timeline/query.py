"""The timeline: rows by time, newest first: of a collection on a record page, or of the page's entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, RecordPage, Sort
from engine.widgets.cells import cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import columns_of, conditions, entity_of, request_for
from engine.widgets.properties import path_of, text

ENTRIES = 30


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = _entity(item, scene)
    path = path_of(text(item, "date"))
    if entity is None or scene.readable_field(entity.name, path) is None:
        return {}
    extra = tuple(path_of(name) for name in (text(item, "date"), _title(item, entity), text(item, "text")) if name)
    base = request_for(item, scene, entity, extra=extra, limit=ENTRIES)
    return {
        "rows": Rows(replace(base, where=AllOf(_where(item, scene, entity)), sort=(Sort(path, True),), count=False))
    }


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, page = _entity(item, scene), found.get("rows")
    if entity is None or not isinstance(page, RecordPage):
        return {
            "state": "error",
            "failed": page if isinstance(page, Failed) else Failed("no_permission", ""),
            "entries": (),
        }
    collection = text(item, "collection")
    named = {text(item, "date"), _title(item, entity), text(item, "text")}
    extra = (
        [column for column in columns_of(item, scene, entity) if column.name not in named]
        if "columns" in item.properties
        else []
    )
    entries = [
        {
            "href": record_link(entity.name, record.id),
            "when": _shown(record, text(item, "date"), scene, entity),
            "title": _shown(record, _title(item, entity), scene, entity),
            "text": _shown(record, text(item, "text"), scene, entity),
            "cells": [(column.label, cell(record, column.path, column.field, scene)) for column in extra],
        }
        for record in page.records
    ]
    by = scene.entity.collections[collection].by if scene.entity and collection in scene.entity.collections else ""
    may_add = "create" in scene.allowed[entity.name] and scene.record is not None and bool(by)
    return {
        "state": "rows" if entries else "empty",
        "entries": entries,
        "entity": entity,
        "new_url": f"/r/{entity.name}/new?{by}={public_id(scene.record.id)}" if may_add and scene.record else "",
    }


def _entity(item: Item, scene: Scene) -> Entity | None:
    name = text(item, "collection")
    if name and scene.entity and name in scene.entity.collections:
        return scene.model.entities[scene.entity.collections[name].entity]
    return entity_of(item, scene)


def _where(item: Item, scene: Scene, entity: Entity) -> tuple[Condition, ...]:
    name = text(item, "collection")
    if name and scene.entity and scene.record:
        return (Condition((scene.entity.collections[name].by,), "eq", scene.record.id),)
    return tuple(one for one in conditions(item, scene, entity) if isinstance(one, Condition))


def _title(item: Item, entity: Entity) -> str:
    return text(item, "title", entity.title)


def _shown(record: object, name: str, scene: Scene, entity: Entity) -> object:
    field = scene.readable_field(entity.name, path_of(name)) if name else None
    return cell(record, path_of(name), field, scene) if field else None  # type: ignore[arg-type]
