"""The board: rows in columns by a choice or state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.entities import Entity, Field
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, RecordPage
from engine.widgets.cells import cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import record_link
from engine.widgets.listing import columns_of, conditions, entity_of, follows_address, request_for
from engine.widgets.properties import path_of, text
from engine.widgets.toolbars import toolbar_of

CARDS_A_COLUMN = 20


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    field = _by(item, scene, entity) if entity else None
    if entity is None or field is None:
        return {}
    base = request_for(item, scene, entity, extra=((field.name,),), limit=CARDS_A_COLUMN)
    chosen = conditions(item, scene, entity)
    return {
        choice.name: Rows(
            replace(base, where=AllOf((*chosen, Condition((field.name,), "eq", choice.name))), cursor=None)
        )
        for choice in field.choices
    }


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity = entity_of(item, scene)
    field = _by(item, scene, entity) if entity else None
    if entity is None or field is None:
        return {"state": "error", "failed": Failed("no_permission", ""), "columns": ()}
    shown = [
        column for column in columns_of(item, scene, entity) if column.name not in {field.name, _title(item, entity)}
    ]
    title = scene.readable_field(entity.name, path_of(_title(item, entity)))
    columns = []
    for choice in field.choices:
        page = found.get(choice.name)
        records = page.records if isinstance(page, RecordPage) else ()
        cards = [
            (
                record_link(entity.name, record.id),
                cell(record, path_of(_title(item, entity)), title, scene).text if title else "—",
                [(column.label, cell(record, column.path, column.field, scene)) for column in shown],
            )
            for record in records
        ]
        total = page.total if isinstance(page, RecordPage) else None
        columns.append(
            (scene.words(choice.label), choice.tone, cards, total, isinstance(page, RecordPage) and page.total_capped)
        )
    return {
        "state": "rows",
        "columns": columns,
        "toolbar": toolbar_of(item, scene, entity) if follows_address(item, scene) else None,
    }


def _by(item: Item, scene: Scene, entity: Entity) -> Field | None:
    state = entity.state_field
    return scene.readable_field(entity.name, path_of(text(item, "by", state.name if state else "")))


def _title(item: Item, entity: Entity) -> str:
    return text(item, "title", entity.title)
