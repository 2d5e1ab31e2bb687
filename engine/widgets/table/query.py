"""The table: rows with columns, saved views, filter chips, sorting, paging."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.access import Action
from engine.model.pages import Item
from engine.model.requests import RecordPage
from engine.widgets.cells import cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import record_link
from engine.widgets.listing import address, columns_of, entity_of, follows_address, request_for, status_column
from engine.widgets.toolbars import density, frozen, with_columns


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    return {"rows": Rows(request_for(item, scene, entity))} if entity else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity = entity_of(item, scene)
    page = found.get("rows")
    if entity is None or not isinstance(page, RecordPage):
        failed = page if isinstance(page, Failed) else Failed("empty", "")
        return {"state": "error", "failed": failed, "rows": (), "follows": False}
    columns = columns_of(item, scene, entity)
    follows = follows_address(item, scene)
    rows = [
        (record_link(entity.name, record.id), [cell(record, column.path, column.field, scene) for column in columns])
        for record in page.records
    ]
    filtered = bool(scene.parameters.get("q")) or any(
        name.startswith("f.") and text for name, text in scene.parameters.items()
    )
    return {
        "state": "rows" if rows else ("filtered" if follows and filtered else "empty"),
        "entity": entity,
        "state_column": status_column(columns),
        "columns": [(column, _sort_url(scene, column.name), _direction(scene, column.name)) for column in columns],
        "rows": rows,
        "follows": follows,
        "total": page.total,
        "capped": page.total_capped,
        "next_url": address(scene, {"cursor": page.next_cursor}) if follows and page.next_cursor else "",
        "first_url": address(scene, {}) if scene.parameters.get("cursor") else "",
        "may_create": Action.CREATE in scene.allowed[entity.name] and entity.part_of is None,
        "frozen": frozen(scene) if follows else 1,
        "density": density(scene) if follows else "normal",
        "toolbar": with_columns(item, scene, entity) if follows else None,
        "clear_url": scene.path,
    }


def _sort_url(scene: Scene, name: str) -> str:
    return address(scene, {"sort": f"-{name}" if scene.parameters.get("sort") == name else name})


def _direction(scene: Scene, name: str) -> str:
    return {name: "ascending", f"-{name}": "descending"}.get(scene.parameters.get("sort", ""), "none")
