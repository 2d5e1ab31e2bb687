"""The organisation chart: units in their tree with seats and people, from the top or from the unit that `at` names."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Failed, Need, OrganisationTree, Scene
from engine.widgets.organisation_parts import Chart
from engine.widgets.properties import number


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    people = item.properties.get("people") is not False
    return {"chart": OrganisationTree(scene.parameters.get("at", ""), number(item, "levels", 3), people)}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    chart = found.get("chart")
    if isinstance(chart, Failed):
        return {"state": "error", "failed": chart}
    if not isinstance(chart, Chart) or not chart.tops:
        return {"state": "empty"}
    return {"state": "rows", "chart": chart, "path": scene.path}
