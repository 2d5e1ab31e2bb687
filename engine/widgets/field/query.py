"""A field on a form: its control when the reader may write it, its value when they may only read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from engine.model.access import FieldRight
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.pages import Item
from engine.model.requests import Condition, QueryRequest, RecordPage, Sort
from engine.widgets.cells import EMPTY, cell, show
from engine.widgets.contract import FieldRights, Need, Rows, Scene
from engine.widgets.controls import Control, control_for, entered_number, shape_of, with_creation
from engine.widgets.formats import format_date, format_instant, in_sentence
from engine.widgets.identifiers import public_id
from engine.widgets.properties import exact_number, path_of, text

STEPS = 20
"""Steps of a slider whose item says no step."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    if scene.entity is None:
        return {}
    rights = FieldRights(scene.entity.name)
    recalled = text(item, "recall")
    if scene.record is not None or recalled not in scene.readable[scene.entity.name]:
        return {"rights": rights}
    return {"rights": rights, "last": Rows(_last_own(scene.entity, recalled, scene))}


def _last_own(entity: Entity, field: str, scene: Scene) -> QueryRequest:
    """The reader's own last record, by person and day where these are its natural key, else by who created it when."""
    whose, when = _key(entity, FieldKind.USER, "created_by"), _key(entity, FieldKind.DATE, "created_at")
    mine = Condition((whose,), "eq", scene.user_id)
    return QueryRequest(entity.name, ((field,), (when,)), where=mine, sort=(Sort((when,), True),), limit=1)


def _key(entity: Entity, kind: FieldKind, other: str) -> str:
    return next((name for name in entity.natural_key if entity.fields[name].kind is kind), other)


def _recalled(item: Item, scene: Scene, found: Mapping[str, object]) -> tuple[str, str]:
    """What the reader wrote last in the field to recall, and when; nothing where there is none."""
    page, name = found.get("last"), text(item, "recall")
    if scene.entity is None or not isinstance(page, RecordPage) or not page.records:
        return "", ""
    last = page.records[0]
    at, value = last.cells.get(_key(scene.entity, FieldKind.DATE, "created_at")), last.cells.get(name)
    if value is None or not isinstance(at, date):
        return "", ""
    when = (
        format_instant(at, scene.language, scene.now, scene.zone)
        if isinstance(at, datetime)
        else format_date(at, scene.language, scene.today)
    )
    return cell(last, (name,), scene.entity.fields[name], scene).text, in_sentence(when)


def _proposes(entity: Entity, field: Field, rights: Mapping[str, object]) -> tuple[str, ...]:
    """The relations whose row is proposed by what is written here."""
    return tuple(
        one.name
        for one in entity.fields.values()
        if one.proposed is not None and one.proposed.source == field.name and rights.get(one.name) is FieldRight.WRITE
    )


def _control(item: Item, field: Field, entity: str, scene: Scene) -> Control:
    wished = text(item, "control")
    control = control_for(field, entity, scene, f"f.{field.name}", wished)
    if item.properties.get("create") is not False:
        control = with_creation(control, field, scene)
    if wished != "slider" or control.kind != "number":
        return control
    declared = {"from": field.bounds.minimum or Decimal(0), "to": field.bounds.maximum or Decimal(1)}
    declared |= {name: found for name in ("from", "to", "step") if (found := exact_number(item, name)) is not None}
    step = declared.get("step") or (declared["to"] - declared["from"]) / STEPS
    ends = (declared["from"], declared["to"], step)
    return replace(control, slider=tuple(entered_number(str(one), replace(field, currency=None)) for one in ends))


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, rights = scene.entity, found.get("rights")
    field = entity.fields.get(text(item, "field")) if entity else None
    if entity is None or field is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    right = rights.get(field.name, FieldRight.NONE)
    condition = f"{item.id}.visible" if item.visible_when is not None else ""
    common = {
        "label": scene.words(item.label) or scene.words(field.label) or field.name,
        "field": field,
        "condition": condition,
    }
    if field.computed and right is not FieldRight.NONE:
        shown = cell(scene.record, path_of(field.name), field, scene) if scene.record else EMPTY
        why = f"/r/{entity.name}/{public_id(scene.record.id)}/access?field={field.name}" if scene.record else ""
        return {**common, "state": "computed", "shown": shown, "why_url": why, "shape": shape_of(field, scene)}
    if right is FieldRight.WRITE:
        return {
            **common,
            "state": "control",
            "alike": any(rule.fields[-1] == field.name for rule in entity.duplicates),
            "recalled": _recalled(item, scene, found),
            "proposes": _proposes(entity, field, rights),
            "scans": item.properties.get("scan") is True,
            "control": _control(item, field, entity.name, scene),
        }
    if right is FieldRight.READ and scene.record is None and field.default is not None:
        return {
            **common,
            "state": "read",
            "shown": show(field.default, field, scene),
            "given": _given(field, field.default),
        }
    if right is FieldRight.NONE or scene.record is None:
        return {"state": "hidden"}
    readable = field.name in scene.record.cells or field.name in scene.record.masked
    shown = cell(scene.record, (field.name,), field, scene) if readable else show(None, field, scene)
    return {**common, "state": "read", "shown": shown, "given": _given(field, scene.record.cells.get(field.name))}


def _given(field: Field, value: object) -> str | None:
    """A value that is not entered here, as live formulas read it; None for what they cannot."""
    if field.kind in REFERENCE_KINDS:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, int | str | date) and not isinstance(value, datetime) else None
