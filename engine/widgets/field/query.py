"""A field on a form: its control when the reader may write it, its value when they may only read it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.access import FieldRight
from engine.model.pages import Item
from engine.widgets.cells import EMPTY, cell, show
from engine.widgets.contract import FieldRights, Need, Scene
from engine.widgets.controls import control_for
from engine.widgets.identifiers import public_id
from engine.widgets.properties import path_of, text


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"rights": FieldRights(scene.entity.name)} if scene.entity else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, rights = scene.entity, found.get("rights")
    field = entity.fields.get(text(item, "field")) if entity else None
    if entity is None or field is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    right = rights.get(field.name, FieldRight.NONE)
    condition = f"{item.id}.visible" if item.visible_when is not None else ""
    common = {
        "label": scene.words(item.label) or scene.words(field.label) or field.name,
        "field": field,
        "condition": condition,
    }
    if field.computed and right is not FieldRight.NONE:
        shown = cell(scene.record, path_of(field.name), field, scene) if scene.record else EMPTY
        why = f"/r/{entity.name}/{public_id(scene.record.id)}/access?field={field.name}" if scene.record else ""
        return {**common, "state": "computed", "shown": shown, "why_url": why}
    if right is FieldRight.WRITE:
        return {
            **common,
            "state": "control",
            "control": control_for(field, entity.name, scene, f"f.{field.name}", text(item, "control")),
        }
    if right is FieldRight.NONE or scene.record is None:
        return {"state": "hidden"}
    readable = field.name in scene.record.cells or field.name in scene.record.masked
    shown = cell(scene.record, (field.name,), field, scene) if readable else show(None, field, scene)
    return {**common, "state": "read", "shown": shown}
