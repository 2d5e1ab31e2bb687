"""The approval bar: where the flows about a record stand, what waits for the reader, and what has happened."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Failed, FlowStarts, Need, RecordFlows, Scene
from engine.widgets.controls import Control, control_for
from engine.widgets.flow_parts import FlowTurn, FlowView
from engine.widgets.identifiers import public_id


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"flows": RecordFlows(), "starts": FlowStarts()} if scene.entity and scene.record else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    flows = found.get("flows", ())
    if isinstance(flows, Failed):
        return {"state": "error", "failed": flows, "flows": ()}
    starts = found.get("starts", ())
    at = f"/r/{scene.entity.name}/{public_id(scene.record.id)}/start/" if scene.entity and scene.record else ""
    shown = [one for one in flows if isinstance(one, FlowView)] if isinstance(flows, tuple) else []
    return {
        "state": "rows" if shown or starts else "empty",
        "starts": [(at + name, label) for name, label in starts] if isinstance(starts, tuple) else [],
        "flows": shown,
        "controls": {one.id: controls(scene, one.turn) for one in shown if one.turn is not None},
        "back": scene.path,
    }


def controls(scene: Scene, turn: FlowTurn) -> tuple[Control, ...]:
    """The controls of the fields that a person fills with their answer."""
    entity = scene.entity
    if entity is None:
        return ()
    return tuple(control_for(field, entity.name, scene, f"f.{field.name}") for field in turn.fields)
