"""Figures: metric values as people read them, and how they moved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.model.formula import FormulaError
from engine.model.metrics import Metric
from engine.widgets.cells import ERRORS
from engine.widgets.formats import compact, compact_money, format_money, format_number, format_percent


@dataclass(frozen=True, slots=True)
class Movement:
    """A change against the earlier period: `direction` up, down or flat; `good` by what the metric calls good."""

    text: str
    direction: str
    good: bool | None


def as_decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    return None if value is None or isinstance(value, FormulaError | bool) else Decimal(str(value))


def figure_text(metric: Metric, value: object, language: str) -> str:
    """A metric's value in short form: 1,286 元/㎡, 3.2 亿, 12.5 %."""
    short, unit = figure_parts(metric, value, language)
    return f"{short} {unit}" if unit else short


def figure_parts(metric: Metric, value: object, language: str) -> tuple[str, str]:
    """A metric's value in short form, and its unit apart: smaller beside the figure."""
    if isinstance(value, FormulaError):
        zh, en = ERRORS.get(value.code, ERRORS["invalid"])
        return (zh if language == "zh" else en), ""
    amount = as_decimal(value)
    if amount is None:
        return "—", ""
    if metric.display == "percent":
        return format_percent(amount, language), ""
    if metric.display == "money":
        text = compact_money(amount, language, metric.currency or "CNY")
    else:
        text = compact(amount, language, metric.scale)
    return text, metric.unit_label.text(language)


def exact_text(metric: Metric, value: object, language: str) -> str:
    """The exact value, for hover and tap."""
    amount = as_decimal(value)
    if amount is None:
        return ""
    if metric.display == "percent":
        return format_percent(amount, language)
    if metric.display == "money":
        return format_money(amount, language, metric.currency or "CNY", 2)
    return format_number(amount, language, metric.scale)


def movement(metric: Metric, now: object, before: object, language: str) -> Movement | None:
    """The relative change of a metric, or None when there is nothing to compare."""
    new, old = as_decimal(now), as_decimal(before)
    if new is None or old is None or old == 0:
        return None
    change = (new - old) / abs(old)
    direction = "up" if change > 0 else "down" if change < 0 else "flat"
    good = None if metric.good_when == "none" or direction == "flat" else (direction == metric.good_when)
    return Movement(format_percent(abs(change), language), direction, good)
