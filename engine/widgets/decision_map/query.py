"""A decision-chain map: drawn on a desk, a list of steps on a phone."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import DecisionChain, Failed, Need, Scene
from engine.widgets.decision_map.drawing import map_drawing
from engine.widgets.map_parts import MapView
from engine.widgets.properties import text


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"map": DecisionChain(text(item, "map"))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    chart = found.get("map")
    if isinstance(chart, Failed):
        return {"state": "error", "failed": chart}
    if not isinstance(chart, MapView):
        return {"state": "empty"}
    base = f"/maps/{chart.name}"
    chosen = scene.parameters.get("node", "") if scene.path == base else ""
    brief = item.properties.get("brief") is True
    title = scene.words(item.label) or chart.label
    drawing = None if brief else map_drawing(chart, base, chosen, title)
    return {"state": "rows", "chart": chart, "title": title, "url": base, "chosen": chosen, "drawing": drawing}
