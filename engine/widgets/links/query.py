"""Links: ways to other pages that the reader may open."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, Scene
from engine.widgets.properties import texts


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    pages = [scene.model.pages[name] for name in texts(item, "pages") if name in scene.model.pages]
    return {
        "links": [
            (f"/app/{page.name}", scene.words(page.label), scene.words(page.description), page.icon)
            for page in pages
            if page.roles & scene.roles
        ]
    }
