"""The seats of the reader's own units: who holds each since when, and which are vacant."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.contract import Need, OwnUnits, Scene
from engine.widgets.formats import format_date, in_sentence
from engine.widgets.organisation_parts import OwnUnit


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"units": OwnUnits()}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    units = found.get("units")
    return {
        "units": [_shown(one, scene) for one in units if isinstance(one, OwnUnit)] if isinstance(units, tuple) else []
    }


def _shown(unit: OwnUnit, scene: Scene) -> Mapping[str, object]:
    seats = [
        {
            "label": seat.label,
            "head": seat.head,
            "holders": [
                (one.name, one.since.isoformat(), in_sentence(format_date(one.since, scene.language, scene.today)))
                for one in seat.holders
            ],
        }
        for seat in unit.seats
    ]
    return {"label": unit.label, "seats": seats, "vacant": sum(1 for one in unit.seats if not one.holders)}
