"""Values as papers say them: days in full, numbers to the last digit, nothing that hangs on when it is read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.model.entities import Field, FieldKind
from engine.model.formula import FormulaError, Money, Type
from engine.widgets.cells import show
from engine.widgets.contract import Scene
from engine.widgets.formats import MONTHS, format_money, format_number


def field_text(value: object, field: Field, scene: Scene, title: str | None = None) -> str:
    """A value of a field; empty where there is none."""
    if value is None or value in ("", ()) or isinstance(value, FormulaError):
        return ""
    if isinstance(value, datetime | date):
        return day_text(value, scene)
    if field.kind is FieldKind.DECIMAL and isinstance(value, Decimal):
        unit = scene.words(field.measure_unit)
        return f"{format_number(value, scene.language)} {unit}".strip()
    found = show(value, field, scene, title)
    return found.text if found.kind != "empty" else ""


def formula_text(value: object, of: Type, scene: Scene) -> str:
    """What a formula gives."""
    if value is None or isinstance(value, FormulaError):
        return ""
    if isinstance(value, bool):
        words = ("是", "否") if scene.language == "zh" else ("Yes", "No")
        return words[0] if value else words[1]
    if isinstance(value, Decimal):
        if isinstance(of, Money):
            return format_money(value, scene.language, of.currency, of.scale)
        return format_number(value, scene.language)
    if isinstance(value, datetime | date):
        return day_text(value, scene)
    return "" if isinstance(value, timedelta) else str(value)


def day_text(value: date | datetime, scene: Scene) -> str:
    """A day with its year, and the time of an instant."""
    there = value.astimezone(ZoneInfo(scene.zone)) if isinstance(value, datetime) else value
    if scene.language == "zh":
        text = f"{there.year} 年 {there.month} 月 {there.day} 日"
    else:
        text = f"{there.day} {MONTHS[there.month - 1]} {there.year}"
    return f"{text} {there:%H:%M}" if isinstance(value, datetime) else text
