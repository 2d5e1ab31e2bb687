"""Related: the rows of a collection of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.access import Action
from engine.model.pages import Item
from engine.model.requests import Condition, RecordPage
from engine.widgets.cells import cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import columns_of, request_for, status_column
from engine.widgets.properties import number, text

ROWS_SHOWN = 10


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    if collection is None or scene.record is None or collection.by not in scene.readable[collection.entity]:
        return {}
    entity = scene.model.entities[collection.entity]
    base = request_for(item, scene, entity, limit=number(item, "limit", ROWS_SHOWN))
    return {
        "rows": Rows(
            replace(base, where=Condition((collection.by,), "eq", scene.record.id), search="", cursor=None, count=True)
        )
    }


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    if collection is None or scene.record is None or not scene.readable[collection.entity]:
        return {"state": "hidden"}
    entity, page = scene.model.entities[collection.entity], found.get("rows")
    if not isinstance(page, RecordPage):
        return {"state": "error", "failed": page if isinstance(page, Failed) else Failed("no_permission", "")}
    columns = [column for column in columns_of(item, scene, entity) if column.name != collection.by]
    part = entity.part_of == collection.by
    return {
        "state": "rows" if page.records else "empty",
        "entity": entity,
        "label": scene.words(item.label) or scene.words(collection.label) or scene.words(entity.label),
        "columns": columns,
        "state_column": status_column(columns),
        "rows": [
            (
                "" if part else record_link(entity.name, record.id),
                [cell(record, column.path, column.field, scene) for column in columns],
            )
            for record in page.records
        ],
        "total": page.total,
        "capped": page.total_capped,
        "new_url": f"/r/{entity.name}/new?{collection.by}={public_id(scene.record.id)}"
        if not part and Action.CREATE in scene.allowed[entity.name]
        else "",
    }
