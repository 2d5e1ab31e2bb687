"""The divider asks for nothing; its template arranges its children."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, Scene


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    return {}
