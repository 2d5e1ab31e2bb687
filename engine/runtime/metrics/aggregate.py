"""Aggregate: metrics split by dimensions, over the rows that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.metrics import Metric
from engine.model.requests import AggregateRequest, AggregateRow
from engine.runtime.metrics.buckets import BUCKETS
from engine.runtime.metrics.derived import Derivation
from engine.runtime.metrics.groups import Key, as_many_groups, groups_of
from engine.runtime.metrics.sources import base_metrics, metric_named
from engine.runtime.work import Work

MOST_GROUPS = 10_000
MOST_METRICS = 20
MOST_DIMENSIONS = 4
_NUMBERS = (int, Decimal)


def aggregate(work: Work, request: AggregateRequest) -> tuple[AggregateRow, ...]:
    """One row per group that any of the metrics has; without dimensions and bucket exactly one row.

    With a bucket the first key is the first day of each bucket; then come the dimensions in the request's order.
    `since` and `until` are inclusive business dates; a metric without a time ignores them. A metric that has no row in
    a group is 0 when it counts or sums, else None. Raises BadRequest for names that are no metric or dimension,
    NotFound where the reader may not see what a metric stands on.
    """
    _check(work, request)
    found: dict[Key, dict[str, object]] = {}
    titles: dict[Key, tuple[str | None, ...]] = {}
    bases = base_metrics(work.model, request.metrics)
    for metric in bases:
        for group in groups_of(work, metric, request, MOST_GROUPS):
            found.setdefault(group.keys, {})[metric.name] = group.value
            titles.setdefault(group.keys, group.titles)
    if not (request.dimensions or request.bucket):
        found.setdefault((), {})
    derivation = Derivation(work)
    asked = [metric_named(work.model, name) for name in request.metrics]
    empty = {metric.name: empty_value(metric) for metric in bases}
    rows = [
        AggregateRow(keys, titles.get(keys, ()), _values(asked, {**empty, **values}, derivation))
        for keys, values in found.items()
    ]
    return tuple(_ordered(rows, request)[: request.limit])


def fills(work: Work, request: AggregateRequest) -> bool:
    """Whether a base metric of the request has as many groups as its limit, or more: known as soon as so many are found.

    Raises what `aggregate` raises.
    """
    _check(work, request)
    bases = base_metrics(work.model, request.metrics)
    return any(as_many_groups(work, metric, request, request.limit) for metric in bases)


def metric_value(work: Work, metric: str, since: object = None, until: object = None) -> object:
    """One figure over a period, as a Decimal, int, date or None."""
    return aggregate(work, AggregateRequest((metric,), since=since, until=until))[0].values[metric]


def compare_periods(
    work: Work, metric: str, period: tuple[object, object], earlier: tuple[object, object]
) -> tuple[object, object]:
    """The figure of a period and that of an earlier one, under the same rights and in the same transaction."""
    return metric_value(work, metric, *period), metric_value(work, metric, *earlier)


def _check(work: Work, request: AggregateRequest) -> None:
    if not 1 <= len(request.metrics) <= MOST_METRICS or len(request.dimensions) > MOST_DIMENSIONS:
        raise BadRequest(Message("指标或维度的数量不合适", "Too many or too few metrics or dimensions"))
    if request.bucket is not None and request.bucket not in BUCKETS:
        raise BadRequest(
            Message(
                "时间粒度应为 day、week、month、quarter、year 之一", "A bucket is day, week, month, quarter or year"
            )
        )
    if not 1 <= request.limit <= MOST_GROUPS:
        raise BadRequest(Message(f"limit 应在 1 到 {MOST_GROUPS} 之间", f"limit is 1 to {MOST_GROUPS}"))
    for name in request.metrics:
        metric_named(work.model, name)


def _values(asked: Sequence[Metric], known: dict[str, object], derivation: Derivation) -> Mapping[str, object]:
    """The metrics asked for of a group, by the base metrics that are known of it."""
    return {metric.name: derivation.value(metric, known) for metric in asked}


def empty_value(metric: Metric) -> object:
    """What a base metric is where it has no row."""
    if metric.measure is None:
        return None
    match metric.measure.aggregation:
        case "count" | "count_distinct":
            return 0
        case "sum":
            return Decimal(0).scaleb(-metric.scale) if metric.scale else Decimal(0)
        case _:
            return None


def _ordered(rows: list[AggregateRow], request: AggregateRequest) -> list[AggregateRow]:
    rows.sort(key=lambda row: tuple(_rank(key) for key in row.keys))
    if request.sort is not None:
        name, descending = request.sort
        if name in request.metrics:
            rows.sort(key=lambda row: _rank(row.values[name]), reverse=descending)
        elif name in request.dimensions:
            at = request.dimensions.index(name) + (1 if request.bucket else 0)
            rows.sort(key=lambda row: _rank(row.titles[at] or row.keys[at]), reverse=descending)
        else:
            raise BadRequest(Message(f"不能按 {name} 排序", f"Groups cannot be sorted by {name}"))
    return rows


def _rank(value: object) -> tuple[int, str, object]:
    """An order over values of mixed types in which empty comes first."""
    if isinstance(value, _NUMBERS):
        return (1, "", value)
    if isinstance(value, str) or hasattr(value, "isoformat"):
        return (2, str(value), 0)
    return (0, "", 0)
