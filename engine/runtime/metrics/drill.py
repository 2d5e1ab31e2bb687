"""Drill-through: from a figure to the rows that it stands on, as far as the reader may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.errors import NotFound
from engine.model.metrics import Metric
from engine.model.requests import AggregateRequest, AllOf, Condition, Path, QueryRequest, Sort
from engine.runtime.metrics.buckets import bucket_end
from engine.runtime.metrics.sources import base_metrics, dimension_of
from engine.runtime.query.names import TITLE, Reader, visible_paths
from engine.runtime.storage.built_in import field_of
from engine.runtime.work import Work


def drill_through(work: Work, request: AggregateRequest, keys: tuple[object, ...] = ()) -> QueryRequest:
    """The list behind one group of an answer (its `keys`), for the first metric of the request that has rows of its own.

    Columns are the title, the time, what the measure reads and the dimensions. Raises NotFound without such a metric.
    """
    metric = next(iter(base_metrics(work.model, request.metrics)), None)
    if metric is None or metric.entity is None:
        raise NotFound
    reader = Reader(work.model, work.context)
    conditions = [*period_conditions(work, metric, request), *_key_conditions(work, metric, request, keys)]
    conditions += [Condition(_path(reader, metric, one), one.operator, one.value) for one in request.where]
    return QueryRequest(
        entity=metric.entity,
        columns=visible_paths(reader, metric.entity, _columns(metric)),
        where=AllOf(tuple(conditions)),
        formula_filter=metric.where,
        sort=(Sort(time_path(metric.time), descending=True),) if metric.time else (),
    )


def period_conditions(work: Work, metric: Metric, request: AggregateRequest) -> list[Condition]:
    """The request's period on the metric's time, as conditions on stored values; none for a metric without a time."""
    field = time_field(work.model, metric)
    if field is None or metric.time is None:
        return []
    path = time_path(metric.time)
    conditions: list[Condition] = []
    if isinstance(request.since, date):
        conditions.append(Condition(path, "ge", _start_of(request.since, field, work.context.zone)))
    if isinstance(request.until, date):
        conditions.append(Condition(path, "lt", _start_of(request.until + timedelta(days=1), field, work.context.zone)))
    return conditions


def time_field(model: AppModel, metric: Metric) -> Field | None:
    """The date or instant by which periods select, own or along relations, declared or built in."""
    if metric.entity is None or metric.time is None:
        return None
    entity: Entity | None = model.entities[metric.entity]
    field: Field | None = None
    for name in time_path(metric.time):
        field = field_of(entity, name) if entity else None
        entity = model.entities.get(field.relation.entity) if field and field.relation else None
    return field


def time_path(written: str) -> Path:
    return tuple(written.split("."))


def _start_of(day: date, field: Field, zone: str) -> object:
    if field.kind is not FieldKind.INSTANT:
        return day
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _key_conditions(work: Work, metric: Metric, request: AggregateRequest, keys: tuple[object, ...]) -> list[Condition]:
    names = [*([None] if request.bucket else []), *request.dimensions]
    reader = Reader(work.model, work.context)
    conditions: list[Condition] = []
    for name, key in zip(names, keys, strict=False):
        if name is not None:
            conditions.append(Condition(dimension_of(reader, metric, name).path, "empty" if key is None else "eq", key))
        elif metric.time and request.bucket and isinstance(key, date):
            span = AggregateRequest(request.metrics, since=key, until=bucket_end(key, request.bucket))
            conditions += period_conditions(work, metric, span)
        elif metric.time:
            conditions.append(Condition(time_path(metric.time), "empty"))
    return conditions


def _path(reader: Reader, metric: Metric, condition: Condition) -> Path:
    return dimension_of(reader, metric, ".".join(condition.path)).path


def _columns(metric: Metric) -> tuple[Path, ...]:
    argument = metric.measure.argument if metric.measure else None
    read = sorted(argument.references) if argument else []
    measured = [tuple(reference.split(".")) for reference in read]
    paths = [(TITLE,), *([time_path(metric.time)] if metric.time else []), *measured]
    filled = [one.path for one in metric.follow_up.fill if one.path] if metric.follow_up else []
    return tuple(dict.fromkeys([*paths, *metric.columns, *(one.path for one in metric.dimensions), *filled]))
