"""Details: fields of the record with their labels."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.cells import EMPTY, cell
from engine.widgets.contract import Need, Scene
from engine.widgets.default_items import WIDE
from engine.widgets.identifiers import public_id
from engine.widgets.properties import path_of, texts


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, record = scene.entity, scene.record
    if entity is None or record is None:
        return {"rows": ()}
    rows = []
    for name in texts(item, "fields"):
        field = scene.readable_field(entity.name, path_of(name))
        if field is None:
            continue
        readable_now = name in record.cells or name in record.masked
        rows.append(
            {
                "name": name,
                "label": scene.words(field.label),
                "shown": cell(record, path_of(name), field, scene) if readable_now else EMPTY,
                "computed": field.computed,
                "wide": field.kind in WIDE,
                "why_url": f"/r/{entity.name}/{public_id(record.id)}/access?field={name}",
            }
        )
    return {"rows": rows}
