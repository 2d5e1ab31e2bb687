"""Live figures that only the server can tell: formulas over related rows, defaults, conditions; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from starlette.responses import JSONResponse, Response

from engine.model.access import Action
from engine.model.entities import NUMERIC_KINDS, Entity, Field
from engine.model.errors import Forbidden
from engine.runtime.identifiers import decode_id
from engine.runtime.query.rights import check_permitted, may
from engine.runtime.records.duplicates import Alike, alike_records
from engine.runtime.records.preview import Preview, PreviewedRow, preview
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.web.alike import alike_shown
from engine.web.calls import Call
from engine.web.form_bodies import gone_rows, read_form
from engine.web.known_entities import known_entity
from engine.web.proposals import proposed_rows
from engine.web.scenes import scene_for
from engine.web.shown_items import shown_items
from engine.web.site import Site
from engine.widgets.cells import show
from engine.widgets.contract import Scene
from engine.widgets.controls import entered_number

Rows = Sequence[Mapping[str, object]]


def live_figures(work: Work, call: Call, site: Site) -> Response:
    """POST /preview/{entity}?record=…: texts of computed fields, values for empty fields, items that show."""
    entity = known_entity(work, call.parameters["entity"])
    record = _permitted_record(work, call, entity)
    body = read_form(call, work.model, entity)
    standing = {name: _standing(rows) for name, rows in body.children.items()}
    typed = {name: [body.children[name][at] for at in places] for name, places in standing.items()}
    gone = gone_rows(body.children)
    found = preview(work, entity, record, body.values, typed, gone)
    scene = scene_for(work, call, entity=entity)
    texts, defaults = _shown(found.row, entity, scene, ""), _entered(found.row, entity, "")
    for name, places in standing.items():
        child = work.model.entities[entity.collections[name].entity]
        for place, row in zip(places, found.parts[name], strict=True):
            texts |= _shown(row, child, scene, f"{name}.{place}.")
            defaults |= _entered(row, child, f"{name}.{place}.")
    proposed = proposed_rows(work, entity, body.values, site.workers)
    alike = [asdict(one) for one in alike_shown(_alike(work, entity, found, record), scene.language)]
    answer = {
        "alike": alike,
        "proposed": proposed,
        "computed": texts,
        "defaults": defaults,
        "shown": _shown_items(work, entity, found),
    }
    return JSONResponse(answer, headers={"cache-control": "no-store"})


def _alike(work: Work, entity: Entity, found: Preview, record: int | None) -> tuple[Alike, ...]:
    """Records that are alike by what the caller typed or reads."""
    names = {name for rule in entity.duplicates for name in rule.fields}
    return alike_records(work, entity, {name: found.cells.cell((name,)) for name in names}, record)


def _permitted_record(work: Work, call: Call, entity: Entity) -> int | None:
    """The row that is edited, None for a new one. Raises NotFound and Forbidden as saving would."""
    if "record" in call.first:
        record = decode_id(call.first["record"])
        check_permitted(work, entity.name, record, Action.UPDATE)
        return record
    if not may(work, entity.name, Action.CREATE):
        raise Forbidden
    return None


def _standing(rows: Rows) -> list[int]:
    """Places of the rows that would be saved: neither dropped nor blank."""
    return [
        at
        for at, row in enumerate(rows)
        if not row.get("_delete") and any(value not in (None, "") for name, value in row.items() if name != "id")
    ]


def _shown(row: PreviewedRow, entity: Entity, scene: Scene, prefix: str) -> dict[str, str]:
    return {f"{prefix}{name}": show(value, entity.fields[name], scene).text for name, value in row.computed.items()}


def _entered(row: PreviewedRow, entity: Entity, prefix: str) -> dict[str, object]:
    return {
        f"{prefix}{name}": _as_entered(json_of(value, entity.fields[name]), entity.fields[name])
        for name, value in row.defaults.items()
    }


def _as_entered(value: object, field: Field) -> object:
    return entered_number(str(value), field) if field.kind in NUMERIC_KINDS and value is not None else value


def _shown_items(work: Work, entity: Entity, found: Preview) -> dict[str, bool]:
    return {f"{name}.visible": shows for name, shows in shown_items(work.model.form_of(entity.name), found).items()}
