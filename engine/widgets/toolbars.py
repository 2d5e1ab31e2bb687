"""Toolbars: what stands above a list: its views, filters and search, the choice of columns, and where to save or take it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.pages import Item
from engine.widgets.contract import Scene
from engine.widgets.kept_views import BASE, COLUMNS, DENSITY, FOLD, FROZEN, GROUP, ONCE, ONLY, OWN, is_kept_name
from engine.widgets.listing import (
    EVERYTHING,
    address,
    chips,
    chosen_view,
    declared_view,
    hidden_parameters,
    pickable_columns,
    saved_views,
)
from engine.widgets.properties import text
from engine.widgets.row_groups import UNGROUPED, groupable, grouping

DENSITIES = ("compact", "normal", "roomy")
MOST_FROZEN = 3


def toolbar_of(item: Item, scene: Scene, entity: Entity) -> Mapping[str, object]:
    """What the toolbar of a list that follows the address shows; `columns` chooses them, for lists that have any."""
    return {
        "chips": chips(item, scene, entity),
        "views": saved_views(item, scene),
        "query": scene.parameters.get("q", ""),
        "searchable": "as_of" not in scene.parameters,
        "hidden": hidden_parameters(scene),
        "clear_url": scene.path,
        "saving": _saving(item, scene),
        "picking": None,
        "grouping": None,
        **_transfers(scene, entity),
    }


def with_columns(item: Item, scene: Scene, entity: Entity) -> Mapping[str, object]:
    """The same for a list of columns."""
    arranging = {COLUMNS, FROZEN, DENSITY}
    picking = {
        "columns": pickable_columns(item, scene, entity),
        "hidden": [one for one in hidden_parameters(scene) if one[0] not in arranging],
        "frozen": frozen(scene),
        "density": density(scene),
        "changed": bool(arranging & scene.parameters.keys()),
        "reset_url": address(scene, dict.fromkeys(sorted(arranging))),
    }
    return {**toolbar_of(item, scene, entity), "picking": picking, "grouping": _grouping(item, scene, entity)}


def _grouping(item: Item, scene: Scene, entity: Entity) -> Mapping[str, object] | None:
    """What the rows may be grouped by, and are."""
    offered, by = groupable(scene, entity), grouping(item, scene, entity)
    if not offered and by is None:
        return None
    current = ".".join(by[0]) if by is not None else ""
    return {
        "current": scene.words(by[1].label) if by is not None else "",
        "offers": [(label, _grouped_by(scene, name), name == current) for name, label in offered],
        "none_url": _grouped_by(scene, UNGROUPED if text(item, "group_by") else None),
    }


def _grouped_by(scene: Scene, name: str | None) -> str:
    return address(scene, {GROUP: name, FOLD: None, ONLY: None})


def frozen(scene: Scene) -> int:
    """How many columns stay in sight when a table is scrolled sideways."""
    asked = scene.parameters.get(FROZEN, "")
    return min(int(asked), MOST_FROZEN) if asked.isdecimal() and len(asked) == 1 else 1


def density(scene: Scene) -> str:
    asked = scene.parameters.get(DENSITY, "")
    return asked if asked in DENSITIES else "normal"


def _saving(item: Item, scene: Scene) -> Mapping[str, object]:
    """What the menu of views offers: to save what is shown, or to let an open view stand for it."""
    kept, opened = scene.kept, scene.kept.open
    shown = {name: text for name, text in scene.parameters.items() if is_kept_name(name) and text}
    view = chosen_view(item, scene)
    shown[BASE] = declared_view(scene) or (str(view["id"]) if view else EVERYTHING)
    current = opened.key if opened else shown[BASE]
    return {
        "url": f"{scene.path}/views",
        "parameters": tuple(shown.items()),
        "open": opened,
        "changed": kept.changed,
        "lost": kept.lost,
        "hides": opened is not None and opened.hides,
        "back_url": f"{scene.path}?{urlencode({'v': opened.key})}" if opened else "",
        "current": current,
        "is_default": kept.default == current,
        "may_share": kept.may_share,
    }


def _transfers(scene: Scene, entity: Entity) -> Mapping[str, str]:
    """Where rows are brought in, and where those that are shown are taken out."""
    imports = entity.part_of is None and Action.CREATE in scene.allowed[entity.name]
    exports = Action.EXPORT in scene.allowed[entity.name] and scene.page is not None
    shown = {name: text for name, text in scene.parameters.items() if name not in ONCE | {OWN}}
    if scene.kept.open is not None:
        shown[OWN] = "1"
    page = {"page": scene.page.name} if scene.page is not None else {}
    return {
        "list": urlencode({**page, **shown}),
        "import_url": f"/import/{entity.name}" if imports else "",
        "export_url": f"/export/{entity.name}?{urlencode({**page, **shown, 'kind': 'xlsx'})}" if exports else "",
        "export_csv_url": f"/export/{entity.name}?{urlencode({**page, **shown, 'kind': 'csv'})}" if exports else "",
    }
