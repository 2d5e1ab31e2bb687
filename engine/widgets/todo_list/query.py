"""The to-do list: what waits for the reader, the first of it, with a way to all of it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Failed, InboxItems, Need, Scene
from engine.widgets.inbox_parts import InboxShown
from engine.widgets.properties import number, text

SHOWN = 6


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"items": InboxItems(text(item, "kind"), number(item, "limit", SHOWN))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    shown = found["items"]
    if not isinstance(shown, InboxShown):
        return {"state": "error", "failed": shown if isinstance(shown, Failed) else Failed("no_permission", "")}
    kind = text(item, "kind")
    return {
        "state": "rows" if shown.lines else "empty",
        "lines": shown.lines,
        "total": f"{shown.total - 1}+" if shown.capped else str(shown.total),
        "all": f"/inbox?kind={kind}" if kind else "/inbox",
        "back": scene.path,
    }
