"""List scenes: a list page at its address, for its reader: with their kept views, and the data view that it shows."""

from __future__ import annotations

from dataclasses import replace

from engine.model.errors import NotFound
from engine.model.pages import Item, Page
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.kept_views import parameters_of, with_kept_views
from engine.web.scenes import scene_for
from engine.widgets.contract import Scene

DATA_VIEWS = {
    "table": "table",
    "cards": "cards",
    "kanban": "kanban",
    "calendar": "calendar",
    "gantt": "route",
    "timeline": "timeline",
    "map": "map-pin",
}
"""Widgets of which a list page shows one at a time, with the icon of each."""


def list_scene(work: Work, call: Call, page: Page) -> Scene:
    """The scene of a list page. Raises NotFound for one that the reader's roles may not open."""
    if not page.roles & work.context.principal.roles:
        raise NotFound
    entity = work.model.entities[page.entity] if page.entity else None
    scene = scene_for(work, call, page=page, entity=entity)
    return with_kept_views(work, replace(scene, parameters=parameters_of(call), path=f"/app/{page.name}"), page)


def shown_item(page: Page, scene: Scene) -> Item | None:
    """The data view of a list page that the address chooses, else its first."""
    views = [item for item in page.items if item.widget in DATA_VIEWS]
    return next((item for item in views if item.id == scene.parameters.get("view")), views[0] if views else None)
