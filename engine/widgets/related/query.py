"""Related: the rows of a collection of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.entities import REFERENCE_KINDS, Collection, Entity
from engine.model.names import NO_LABEL, Label
from engine.model.pages import Item
from engine.model.requests import Condition, Record, RecordPage
from engine.widgets.cells import cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import address, columns_of, request_for, status_column
from engine.widgets.properties import label, number, text

ROWS_SHOWN, MOST_SHOWN = 10, 200
WHOLE = "whole"
"""The address names the list that is shown as far as it goes."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    if collection is None or scene.record is None or collection.by not in scene.readable[collection.entity]:
        return {}
    entity = scene.model.entities[collection.entity]
    limit = MOST_SHOWN if _is_whole(item, scene) else number(item, "limit", ROWS_SHOWN)
    base = request_for(item, scene, entity, limit=limit)
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
        "whole": _is_whole(item, scene),
        "whole_url": f"{address(scene, {WHOLE: item.id})}#{item.id}",
        "capped": page.total_capped,
        "new_url": _new_url(item, scene, collection, scene.record)
        if not part and Action.CREATE in scene.allowed[entity.name]
        else "",
        "action": scene.words(label(item, "action")) or scene.words(_version(entity, collection)),
    }


def _version(entity: Entity, collection: Collection) -> Label:
    """What a row is called that is entered from this record: its list offers nothing else."""
    copied = entity.copied
    return copied.label if copied is not None and copied.origin == collection.by else NO_LABEL


def _is_whole(item: Item, scene: Scene) -> bool:
    return scene.parameters.get(WHOLE) == item.id


def _new_url(item: Item, scene: Scene, collection: Collection, record: Record) -> str:
    """Where a new row is entered that points here, filled with what the record knows already and the reader may read."""
    if _version(scene.model.entities[collection.entity], collection) != NO_LABEL:
        return f"/r/{collection.entity}/new?like={public_id(record.id)}"
    given = {collection.by: public_id(record.id)}
    prefill, preset = item.properties.get("prefill"), item.properties.get("preset")
    for name, source in prefill.items() if isinstance(prefill, Mapping) else ():
        field, value = scene.model.entities[record.entity].fields.get(str(source)), record.cells.get(str(source))
        if field is not None and value is not None and source not in record.masked:
            reference = field.kind in REFERENCE_KINDS and isinstance(value, int)
            given[str(name)] = public_id(value) if reference and isinstance(value, int) else str(value)
    given |= {str(name): str(value) for name, value in preset.items()} if isinstance(preset, Mapping) else {}
    return f"/r/{collection.entity}/new?{urlencode(given)}"
