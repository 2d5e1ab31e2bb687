"""The table: rows with columns, saved views, filter chips, sorting, paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import Record, RecordPage
from engine.widgets.cells import Shown, cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.default_items import enterable
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import (
    Column,
    address,
    columns_of,
    entity_of,
    everything_url,
    follows_address,
    is_narrowed,
    is_title,
    request_for,
    status_column,
)
from engine.widgets.properties import text
from engine.widgets.toolbars import density, frozen, with_columns


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    return {"rows": Rows(request_for(item, scene, entity))} if entity else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity = entity_of(item, scene)
    page = found.get("rows")
    if entity is None:
        return {"state": "error", "failed": Failed("empty", ""), "rows": (), "follows": False, "density": "normal"}
    if not isinstance(page, RecordPage):
        return _failed(item, scene, entity, page)
    follows, parts = follows_address(item, scene), table_parts(item, scene, entity)
    rows = table_rows(page.records, columns_of(item, scene, entity), entity, scene)
    return {
        **parts,
        "state": "rows" if rows else ("filtered" if follows and is_narrowed(item, scene) else "empty"),
        "entity": entity,
        "rows": rows,
        "follows": follows,
        "total": page.total,
        "capped": page.total_capped,
        "next_url": address(scene, {"cursor": page.next_cursor}) if follows and page.next_cursor else "",
        "first_url": address(scene, {}) if scene.parameters.get("cursor") else "",
        "may_create": Action.CREATE in scene.allowed[entity.name] and entity.part_of is None,
        "density": density(scene) if follows else "normal",
        "drawer": text(item, "opens") == "drawer",
        "toolbar": with_columns(item, scene, entity) if follows else None,
        "clear_url": everything_url(item, scene),
    }


def _failed(item: Item, scene: Scene, entity: Entity, found: object) -> Mapping[str, object]:
    """The list without its rows: what is above it stays, so that other conditions can be tried."""
    follows = follows_address(item, scene)
    return {
        "state": "error",
        "failed": found if isinstance(found, Failed) else Failed("empty", ""),
        "rows": (),
        "follows": follows,
        "density": "normal",
        "list": "",
        "toolbar": with_columns(item, scene, entity) if follows else None,
        "clear_url": everything_url(item, scene),
    }


class TableRow(NamedTuple):
    """A row of a table: its public id, its address, its cells in the order of the columns."""

    id: str
    url: str
    cells: Sequence[Shown]


class Heading(NamedTuple):
    """A column as its head shows it: where it is sorted by, how it is now, and the field that is changed in its cells."""

    column: Column
    sort_url: str
    direction: str
    edit: str


def table_rows(
    records: Sequence[Record], columns: Sequence[Column], entity: Entity, scene: Scene
) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(
            public_id(record.id),
            record_link(entity.name, record.id),
            [cell(record, column.path, column.field, scene) for column in columns],
        )
        for record in records
    )


def table_parts(item: Item, scene: Scene, entity: Entity) -> Mapping[str, object]:
    """What every row of a table needs besides its cells, so that one row alone is shown as all are."""
    columns, follows = columns_of(item, scene, entity), follows_address(item, scene)
    edits = follows and Action.UPDATE in scene.allowed[entity.name] and entity.part_of is None
    headings = [
        Heading(
            column,
            _sort_url(scene, column.name),
            _direction(scene, column.name),
            _edited(column, entity, scene) if edits else "",
        )
        for column in columns
    ]
    shown = {"view": item.id, "cols": ",".join(column.name for column in columns), "freeze": str(frozen(scene))}
    page = {"page": scene.page.name} if scene.page is not None else {}
    return {
        "columns": headings,
        "state_column": status_column(columns),
        "frozen": frozen(scene) if follows else 1,
        "chooses": follows and entity.part_of is None and bool(CHOOSING & scene.allowed[entity.name]),
        "list": urlencode({**page, **shown}) if follows else "",
        "form": f"{item.id}-rows",
    }


CHOOSING = frozenset({Action.UPDATE, Action.DELETE, Action.TRANSITION})
"""With a right to any of these rows can be chosen."""


def _edited(column: Column, entity: Entity, scene: Scene) -> str:
    """The field that is changed in the cells of a column: its own, or the relation whose title it shows; "" for none."""
    field = entity.fields.get(column.path[0])
    own = len(column.path) == 1 or is_title(scene, entity, column)
    if field is None or not own or field.name not in scene.writable[entity.name] or not enterable(field) or field.rich:
        return ""
    return field.name


def _sort_url(scene: Scene, name: str) -> str:
    return address(scene, {"sort": f"-{name}" if scene.parameters.get("sort") == name else name})


def _direction(scene: Scene, name: str) -> str:
    return {name: "ascending", f"-{name}": "descending"}.get(scene.parameters.get("sort", ""), "none")
