"""Cards: one card a row, with a title and a few fields."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, Scene
from engine.widgets.table import query as table


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return table.needs(item, scene)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    return table.view(item, scene, found)
