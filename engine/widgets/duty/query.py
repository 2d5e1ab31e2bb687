"""A duty: how many have written today and who has not, for the heads of their units; for others it is not there."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import DutyDone, DutyState, Need, Scene
from engine.widgets.properties import text


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"state": DutyDone(text(item, "duty"))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    duty, state = scene.model.duties.get(text(item, "duty")), found.get("state")
    if duty is None or not isinstance(state, DutyState):
        return {"state": "hidden"}
    return {
        "state": "rests" if state.rests else "missing" if state.missing else "done",
        "label": scene.words(item.label) or scene.words(duty.label),
        "written": state.written,
        "all": state.written + sum(len(names) for _, names in state.missing),
        "missing": state.missing,
        "remind_at": f"{duty.remind_at:%H:%M}",
    }
