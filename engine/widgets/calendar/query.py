"""The calendar: a month of rows by a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, RecordPage, Sort
from engine.widgets.cells import words_at
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.identifiers import record_link
from engine.widgets.listing import address, conditions, entity_of, follows_address, request_for
from engine.widgets.periods import add_months
from engine.widgets.properties import path_of, text
from engine.widgets.toolbars import toolbar_of

ROWS_A_MONTH = 200


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity, path = entity_of(item, scene), path_of(text(item, "date"))
    if entity is None or scene.readable_field(entity.name, path) is None:
        return {}
    first, last = _shown_days(scene)
    extra = (path, path_of(text(item, "title", entity.title)))
    base = request_for(item, scene, entity, extra=extra, limit=ROWS_A_MONTH)
    within = Condition(path, "between", (first, last))
    where = AllOf((*conditions(item, scene, entity), within))
    return {"rows": Rows(replace(base, where=where, sort=(Sort(path),), cursor=None))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, page = entity_of(item, scene), found.get("rows")
    if entity is None or not isinstance(page, RecordPage):
        return {"state": "error", "failed": page if isinstance(page, Failed) else Failed("no_permission", "")}
    name, title = text(item, "date"), path_of(text(item, "title", entity.title))
    by_day: dict[date, list[tuple[str, str]]] = {}
    for record in page.records:
        day = scene.day_of(record.cells.get(name))
        if day is not None:
            by_day.setdefault(day, []).append(
                (record_link(entity.name, record.id), words_at(record, title, entity, scene))
            )
    month, (first, last) = _month(scene), _shown_days(scene)
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    return {
        "state": "rows",
        "month": month,
        "heading": f"{month.year} 年 {month.month} 月" if scene.language == "zh" else month.strftime("%B %Y"),
        "weeks": [
            [(day, day.month == month.month, by_day.get(day, [])) for day in days[at : at + 7]]
            for at in range(0, len(days), 7)
        ],
        "weekdays": "一二三四五六日" if scene.language == "zh" else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "today": scene.today,
        "previous_url": address(scene, {"month": add_months(month, -1).strftime("%Y-%m")}),
        "next_url": address(scene, {"month": add_months(month, 1).strftime("%Y-%m")}),
        "toolbar": toolbar_of(item, scene, entity) if follows_address(item, scene) else None,
        "count": len(page.records),
    }


def _month(scene: Scene) -> date:
    asked = scene.parameters.get("month", "")
    try:
        return datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        return scene.today.replace(day=1)


def _shown_days(scene: Scene) -> tuple[date, date]:
    month = _month(scene)
    first = month - timedelta(days=month.weekday())
    last = add_months(month, 1) - timedelta(days=1)
    return first, last + timedelta(days=6 - last.weekday())
