"""A text: a note on a page."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, Scene
from engine.widgets.properties import label


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    return {"paragraphs": [part for part in scene.words(label(item, "text")).split("\n") if part.strip()]}
