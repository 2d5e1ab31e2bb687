"""The next step with the record's customer: what they may object, what to answer, what proves it, what to offer."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Failed, Need, NextStep, Scene
from engine.widgets.knowledge_parts import NextStepView
from engine.widgets.properties import formula


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    graph = formula(item, "graph")
    if graph is None:
        return {}
    asked = {name: scene.parameters.get(f"{name}.{item.id}", "") for name in ("segment", "objection", "used")}
    heard = (asked["objection"],) if asked["objection"] else ()
    used = frozenset(one for one in asked["used"].split(",") if one)
    return {"next": NextStep(graph, formula(item, "segment"), asked["segment"], heard, used)}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    next_step = found.get("next")
    if isinstance(next_step, Failed):
        return {"state": "error", "failed": next_step}
    if not isinstance(next_step, NextStepView):
        return {"state": "hidden"}
    state = "rows" if next_step.ways else "empty" if next_step.segment else "unasked"
    return {"state": state, "next": next_step, "url": f"/knowledge/{next_step.graph}"}
