"""The table: rows with columns, saved views, filter chips, sorting, paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import RecordPage
from engine.widgets.contract import Failed, Need, RowGroups, Rows, Scene
from engine.widgets.default_items import enterable
from engine.widgets.kept_views import ONLY
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
from engine.widgets.row_groups import grouping
from engine.widgets.table.groups import grouped_needs, grouped_rows, only_words
from engine.widgets.table.rows import table_rows
from engine.widgets.toolbars import density, frozen, with_columns


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    if entity is None:
        return {}
    return grouped_needs(item, scene, entity) or {"rows": Rows(request_for(item, scene, entity))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity = entity_of(item, scene)
    page = found.get("rows")
    if entity is None:
        return {"state": "error", "failed": Failed("empty", ""), "rows": (), "follows": False, "density": "normal"}
    follows, parts = follows_address(item, scene), table_parts(item, scene, entity)
    by, grouped = grouping(item, scene, entity), found.get("groups")
    if isinstance(grouped, RowGroups) and by is not None:
        shown = grouped_rows(item, scene, entity, by, grouped)
    elif isinstance(page, RecordPage):
        shown = _page(scene, entity, page, columns_of(item, scene, entity), follows)
    else:
        return _failed(item, scene, entity, page or grouped)
    some = shown["rows"] or shown["groups"]
    return {
        **parts,
        **shown,
        "state": "rows" if some else ("filtered" if follows and is_narrowed(item, scene) else "empty"),
        "entity": entity,
        "follows": follows,
        "only": only_words(item, scene, entity),
        "whole_url": address(scene, {ONLY: None}),
        "may_create": Action.CREATE in scene.allowed[entity.name] and entity.part_of is None,
        "density": density(scene) if follows else "normal",
        "drawer": text(item, "opens") == "drawer",
        "toolbar": with_columns(item, scene, entity) if follows else None,
        "clear_url": everything_url(item, scene),
    }


def _page(
    scene: Scene, entity: Entity, page: RecordPage, columns: Sequence[Column], follows: bool
) -> Mapping[str, object]:
    return {
        "rows": table_rows(page.records, columns, entity, scene),
        "groups": (),
        "total": page.total,
        "capped": page.total_capped,
        "next_url": address(scene, {"cursor": page.next_cursor}) if follows and page.next_cursor else "",
        "first_url": address(scene, {}) if scene.parameters.get("cursor") else "",
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


class Heading(NamedTuple):
    """A column as its head shows it: where it is sorted by ("" for one that cannot be), how it is now, and the field that is
    changed in its cells."""

    column: Column
    sort_url: str
    direction: str
    edit: str


def table_parts(item: Item, scene: Scene, entity: Entity) -> Mapping[str, object]:
    """What every row of a table needs besides its cells, so that one row alone is shown as all are."""
    columns, follows = columns_of(item, scene, entity), follows_address(item, scene)
    edits = follows and Action.UPDATE in scene.allowed[entity.name] and entity.part_of is None
    headings = [
        Heading(
            column,
            _sort_url(scene, column.name) if not column.field.sealed else "",
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
