"""The units that owned a record, day by day: every day has exactly one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.model.pages import Item
from engine.widgets.contract import Need, OwnedSpan, RecordOwners, Scene
from engine.widgets.formats import format_date, format_days, in_sentence


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"owners": RecordOwners()}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    owners = found.get("owners")
    spans = [one for one in owners if isinstance(one, OwnedSpan)] if isinstance(owners, tuple) else []
    return {"spans": [_shown(one, scene) for one in spans]}


def _day(at: date, scene: Scene, midway: bool) -> str:
    words = format_date(at, scene.language, scene.today)
    return in_sentence(words) if midway else words


def _shown(one: OwnedSpan, scene: Scene) -> Mapping[str, object]:
    zh = scene.language == "zh"
    days = ((one.until or scene.today) - one.since).days + (one.until is None)
    return {
        "unit": one.unit or ("无单元" if zh else "no unit"),
        "since": (one.since.isoformat(), _day(one.since, scene, midway=one.until is None)),
        "until": (one.until.isoformat(), _day(one.until, scene, midway=True)) if one.until else None,
        "days": format_days(days, scene.language),
    }
