"""The sub-table: lines of a document, edited with the document; without JavaScript one spare line is always there."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.access import FieldRight
from engine.model.entities import Entity, Field
from engine.model.pages import Item
from engine.model.requests import Record
from engine.widgets.cells import EMPTY, show
from engine.widgets.contract import FieldRights, Need, Scene
from engine.widgets.controls import Control, control_of
from engine.widgets.default_items import enterable
from engine.widgets.identifiers import public_id
from engine.widgets.properties import maps, text, texts


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    return {"rights": FieldRights(collection.entity)} if collection else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    rights = found.get("rights")
    if collection is None or scene.filling is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    child = scene.model.entities[collection.entity]
    names = texts(item, "columns") or tuple(name for name in child.fields if name != collection.by)
    fields = [
        child.fields[n] for n in names if n in child.fields and rights.get(n, FieldRight.NONE) is not FieldRight.NONE
    ]
    rows = list(scene.filling.children.get(collection.name, ()))
    if not rows and scene.filling.is_new and not scene.filling.problems:
        rows = [
            Record(child.name, 0, 0, {name: str(value) for name, value in one.items()}) for one in maps(item, "preset")
        ]
    if not rows:
        rows = [Record(child.name, 0, 0, {})]
    return {
        "state": "rows",
        "collection": collection.name,
        "label": scene.words(item.label) or scene.words(collection.label) or scene.words(child.label),
        "columns": [(field.name, scene.words(field.label), field.computed, _numeric(field)) for field in fields],
        "rows": [_row(collection.name, index, row, fields, rights, child, scene) for index, row in enumerate(rows)],
        "template": _row(collection.name, 999, Record(child.name, 0, 0, {}), fields, rights, child, scene),
        "editable": any(rights.get(field.name) is FieldRight.WRITE for field in fields),
        "problems": scene.filling.problems.get(collection.name, ()),
    }


def _numeric(field: Field) -> bool:
    return str(field.kind) in {"integer", "decimal", "money", "percent"}


def _row(
    collection: str,
    index: int,
    row: Record,
    fields: list[Field],
    rights: Mapping[str, object],
    child: Entity,
    scene: Scene,
) -> dict[str, object]:
    prefix = f"c.{collection}.{index}"
    cells: list[tuple[Field, Control | None, object]] = []
    for field in fields:
        writable = rights.get(field.name) is FieldRight.WRITE and enterable(field)
        value = row.cells.get(field.name)
        if writable:
            if index == 999 or row.id == 0:
                value = value if value is not None else field.default
            problem = f"{collection}.{index}.{field.name}"
            cells.append(
                (field, control_of(field, child.name, scene, f"{prefix}.{field.name}", value, "", problem), None)
            )
        else:
            cells.append((field, None, _read(value, field, scene)))
    return {
        "id": public_id(row.id) if row.id else "",
        "version": row.version,
        "deleted": bool(row.cells.get("_delete")),
        "prefix": prefix,
        "cells": cells,
        "index": index,
    }


def _read(value: object, field: Field, scene: Scene) -> object:
    """A computed cell as text; values here are JSON texts, shown as typed."""
    return (
        show(value, field, scene, None) if value is not None and not isinstance(value, str) else (value or EMPTY.text)
    )
