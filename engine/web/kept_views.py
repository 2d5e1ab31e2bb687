"""Kept views on pages: which one an address opens, and what of it its reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.entities import Entity
from engine.model.pages import Page
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.list_views import ListView, Offered, changes, may_share, offered_views
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.widgets.contract import Scene
from engine.widgets.kept_views import COLUMNS, FOLD, GROUP, KEPT, OWN, PASSING, Kept, KeptView, is_kept_name
from engine.widgets.periods import with_spans
from engine.widgets.properties import path_of
from engine.widgets.row_groups import UNGROUPED

PICKED = "col"
"""What the form of columns sends once for each of them; the address that it leads to has them in one parameter."""
MOST = 60


def parameters_of(call: Call) -> Mapping[str, str]:
    """The parameters of a list's address, the chosen columns in one of them."""
    picked = list(dict.fromkeys(value for name, value in call.query if name == PICKED and value))[:MOST]
    raised, lowered = (call.first.get(name, "") for name in ("raise", "lower"))
    if raised in picked[1:]:
        at = picked.index(raised)
        picked[at - 1 : at + 1] = [picked[at], picked[at - 1]]
    elif lowered in picked[:-1]:
        at = picked.index(lowered)
        picked[at : at + 2] = [picked[at + 1], picked[at]]
    given = with_spans(call.first)
    kept = {name: text for name, text in given.items() if name not in {PICKED, "raise", "lower"}}
    return {**kept, COLUMNS: ",".join(picked)} if picked else kept


def with_kept_views(work: Work, scene: Scene, page: Page) -> Scene:
    """The scene of a list page with its kept views, and with the parameters of the one that is opened."""
    entity = work.model.entities.get(page.entity or "")
    if entity is None:
        return scene
    offered = offered_views(work, page.name)
    views = tuple(kept_view(work, one, scene, entity) for one in offered.views)
    given = _with_default(scene.parameters, offered)
    asked = given.get("v", "")
    opened = next((one for one in views if one.key == asked), None)
    lost = asked.startswith(KEPT) and opened is None
    if lost:
        given = {name: text for name, text in given.items() if name not in {"v", OWN}}
    changed = opened is not None and OWN in given
    if opened is not None and not changed:
        passing = {name: text for name, text in given.items() if name in PASSING}
        given = {**opened.parameters, **passing}
    found = {name: text for name, text in given.items() if name != OWN}
    kept = Kept(views, opened, changed, offered.default, lost and scene.parameters.get("v") == asked, may_share(work))
    return replace(scene, parameters=found, kept=kept)


def _with_default(given: Mapping[str, str], offered: Offered) -> Mapping[str, str]:
    """An address that asks for nothing of a list begins with what its reader chose to begin with."""
    if not offered.default or "v" in given or any(is_kept_name(name) and name != "view" for name in given):
        return given
    return {**given, "v": offered.default}


def kept_view(work: Work, view: ListView, scene: Scene, entity: Entity) -> KeptView:
    """A view as its reader may see it: no name of a field that they may not read stands in it."""
    seen = {name: left for name, text in view.parameters.items() if (left := _visible(name, text, scene, entity))}
    if GROUP not in seen:
        seen.pop(FOLD, None)  # the names of groups are values of the field that they are grouped by
    return KeptView(
        encode_id(view.id),
        view.label,
        seen,
        mine=view.owner == work.context.principal.user_id,
        shared=view.audience.shared,
        changes=changes(work.context, view),
        hides=seen != view.parameters,
    )


def _visible(name: str, text: str, scene: Scene, entity: Entity) -> str:
    """What of a kept parameter its reader may see; "" for nothing."""
    if name.startswith("f."):
        return text if scene.readable_field(entity.name, path_of(name.removeprefix("f."))) else ""
    if name == GROUP:
        return text if text == UNGROUPED or _readable(text, scene, entity) else ""
    if name in {"sort", COLUMNS}:
        shown = (one for one in text.split(",") if _readable(one.removeprefix("-"), scene, entity))
        return ",".join(shown)
    return text


def _readable(name: str, scene: Scene, entity: Entity) -> bool:
    return name in {"created_at", "updated_at"} or scene.readable_field(entity.name, path_of(name)) is not None


def view_of(work: Work, page: Page, public: str) -> ListView | None:
    """The view that a form names, if the caller may open it."""
    try:
        return offered_views(work, page.name).view(decode_id(public))
    except BadIdentifier:
        return None
