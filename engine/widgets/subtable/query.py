"""The sub-table: lines of a document, edited with the document; without JavaScript one spare line is always there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.access import FieldRight
from engine.model.entities import Entity, Field
from engine.model.pages import Item
from engine.model.requests import Record
from engine.widgets.cells import EMPTY, show
from engine.widgets.contract import FieldRights, Need, Scene
from engine.widgets.controls import Control, control_of, with_creation
from engine.widgets.default_items import enterable
from engine.widgets.identifiers import public_id
from engine.widgets.properties import maps, text, texts

SPARE = 999
"""The number of the line that is copied for each further one."""


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
    line = _Lines(collection.name, fields, rights, child, scene, item.properties.get("create") is not False)
    return {
        "state": "rows",
        "collection": collection.name,
        "label": scene.words(item.label) or scene.words(collection.label) or scene.words(child.label),
        "columns": [(field.name, scene.words(field.label), field.computed, _numeric(field)) for field in fields],
        "rows": [line.of(row, index) for index, row in enumerate(rows)],
        "template": line.of(Record(child.name, 0, 0, {}), SPARE),
        "editable": any(rights.get(field.name) is FieldRight.WRITE for field in fields),
        "problems": scene.filling.problems.get(collection.name, ()),
    }


def _numeric(field: Field) -> bool:
    return str(field.kind) in {"integer", "decimal", "money", "percent"}


@dataclass(frozen=True, slots=True)
class _Lines:
    """How the lines of a collection are entered."""

    collection: str
    fields: list[Field]
    rights: Mapping[str, object]
    child: Entity
    scene: Scene
    creates: bool

    def of(self, row: Record, index: int) -> dict[str, object]:
        prefix = f"c.{self.collection}.{index}"
        return {
            "id": public_id(row.id) if row.id else "",
            "version": row.version,
            "deleted": bool(row.cells.get("_delete")),
            "prefix": prefix,
            "cells": [self._cell(row, field, prefix, index) for field in self.fields],
            "index": index,
        }

    def _cell(self, row: Record, field: Field, prefix: str, index: int) -> tuple[Field, Control | None, object]:
        value = row.cells.get(field.name)
        if self.rights.get(field.name) is not FieldRight.WRITE or not enterable(field):
            return field, None, _read(value, field, self.scene)
        value = field.default if value is None and row.id == 0 else value
        problem = f"{self.collection}.{index}.{field.name}"
        control = control_of(field, self.child.name, self.scene, f"{prefix}.{field.name}", value, "", problem)
        return field, with_creation(control, field, self.scene) if self.creates else control, None


def _read(value: object, field: Field, scene: Scene) -> object:
    """A computed cell as text; values here are JSON texts, shown as typed."""
    return (
        show(value, field, scene, None) if value is not None and not isinstance(value, str) else (value or EMPTY.text)
    )
