"""The record header: name, state as stepper, owner unit, key figures, transitions."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.model.pages import Item
from engine.widgets.cells import Shown, cell, title_of
from engine.widgets.contract import Need, Offer, Scene, TransitionOffers
from engine.widgets.identifiers import public_id
from engine.widgets.properties import path_of, texts


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"offers": TransitionOffers()} if scene.entity and scene.entity.state_field else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, record = scene.entity, scene.record
    if entity is None or record is None:
        return {"figures": (), "states": (), "offers": (), "title": "", "subtitle": None, "move_url": ""}
    offers = found.get("offers")
    return {
        "title": title_of(entity, record, scene),
        "code": _code(entity, scene),
        "unit": record.cells.get("scope_unit.@title"),
        "figures": [
            (scene.words(field.label), cell(record, path_of(name), field, scene))
            for name in texts(item, "figures")
            if (field := scene.readable_field(entity.name, path_of(name))) is not None
        ],
        "states": _states(entity, scene),
        "state": _state(entity, scene),
        "offers": [one for one in offers if isinstance(one, Offer)] if isinstance(offers, tuple) else [],
        "version": record.version,
        "why_url": f"/r/{entity.name}/{public_id(record.id)}/access",
        "move_url": f"/r/{entity.name}/{public_id(record.id)}/move/",
    }


def _code(entity: Entity, scene: Scene) -> str:
    name = next((name for name in entity.natural_key if name != entity.title), "")
    return str(scene.record.cells.get(name) or "") if scene.record and name else ""


def _state(entity: Entity, scene: Scene) -> Shown | None:
    field = entity.state_field
    if field is None or scene.record is None or field.name not in scene.record.cells:
        return None
    return cell(scene.record, (field.name,), field, scene)


def _states(entity: Entity, scene: Scene) -> list[tuple[str, str, str]]:
    """The path of states with where the record stands: done, current or ahead; side exits show when taken."""
    workflow, field = scene.model.workflow_of(entity.name), entity.state_field
    if workflow is None or field is None or scene.record is None or field.name not in scene.record.cells:
        return []
    current = scene.record.cells.get(field.name)
    danger = {state.name for state in workflow.states if state.final and state.tone in {"danger", "neutral"}}
    line = [state for state in workflow.states if state.name not in danger or state.name == current]
    position = next((index for index, state in enumerate(line) if state.name == current), 0)
    return [
        (
            scene.words(state.label),
            state.tone,
            "done" if index < position else "current" if index == position else "ahead",
        )
        for index, state in enumerate(line)
    ]
