"""A range on a form: two fields of dates or instants in one control; where one of them is only read, each stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.names import NO_LABEL
from engine.model.pages import Item
from engine.widgets.contract import FieldRights, Need, Scene
from engine.widgets.field.query import view as field_view
from engine.widgets.properties import text


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"rights": FieldRights(scene.entity.name)} if scene.entity else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    sides = [_side(item, name, scene, found) for name in ("begins", "ends")]
    entered = all(one["state"] == "control" for one in sides)
    labels = " – ".join(str(one["label"]) for one in sides if "label" in one)
    return {
        "state": "range" if entered else "apart",
        "sides": sides,
        "label": scene.words(item.label) or labels,
        "condition": f"{item.id}.visible" if item.visible_when is not None else "",
    }


def _side(item: Item, name: str, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    alone = replace(item, label=NO_LABEL, properties={"field": text(item, name)})
    return field_view(alone, scene, found)
