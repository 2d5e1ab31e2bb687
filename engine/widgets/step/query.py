"""A step of a form: with script one is shown at a time, the server says which; without it they follow each other."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, Scene


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    return {"current": scene.filling is not None and scene.filling.step == item.id}
