"""Fields of a new row that are filled from the company's own figures, read with the rights of whoever writes the row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from engine.model.entities import Entity, FieldKind, FigureFill
from engine.model.errors import BadRequest, NotFound
from engine.model.requests import AggregateRequest, Condition
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.work import Work


def figures_filled(work: Work, entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    """Figures for the fields that are still empty, by field; a figure that the writer may not read is left out."""
    found: dict[str, object] = {}
    for fill in entity.from_figures:
        where = _matched(entity, fill, values)
        if values.get(fill.field) is None and where is not None:
            found[fill.field] = _figure(work, entity, fill, where)
    return {name: value for name, value in found.items() if value is not None}


def _matched(entity: Entity, fill: FigureFill, values: Mapping[str, object]) -> tuple[Condition, ...] | None:
    """The part that the row's fields name; None while a required one is empty."""
    conditions: list[Condition] = []
    for dimension, name in fill.match.items():
        value = values.get(name)
        if value is None and entity.fields[name].required:
            return None
        if value is not None:
            conditions.append(Condition(tuple(dimension.split(".")), "eq", value))
    return tuple(conditions)


def _figure(work: Work, entity: Entity, fill: FigureFill, where: tuple[Condition, ...]) -> object:
    until = work.context.today - timedelta(days=1)
    since = work.context.today - timedelta(days=fill.days)
    request = AggregateRequest((fill.metric,), where=where, since=since, until=until)
    try:
        value = aggregate(work, request)[0].values[fill.metric]
    except (BadRequest, NotFound):
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    field = entity.fields[fill.field]
    amount = Decimal(value) / fill.days if fill.per_day else Decimal(value)
    step = Decimal(1).scaleb(-field.scale)
    rounded = amount.quantize(step, ROUND_HALF_UP)
    return int(rounded) if field.kind is FieldKind.INTEGER else rounded
