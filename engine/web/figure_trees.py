"""Trees of figures: what a metric is made of, down to what is counted, each part with its value and its definition line."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from engine.diagnostics import DougongError
from engine.model.metrics import DEEPEST_DERIVATION, Metric
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.query.names import Reader, visible_paths
from engine.runtime.work import Work
from engine.web.value_trees import Part

Keys = tuple[object, ...]


def figure_tree(
    work: Work, metric: Metric, request: AggregateRequest, keys: Keys, given: dict[str, str], depth: int = 0
) -> Part:
    """The figure of one group, taken apart into the metrics that its formula reads; `given` is the group's address.

    A formula over fields that the reader may not name is left out; its figure stands where the definition releases it.
    """
    inputs = [work.model.metrics[name] for name in metric.inputs if name in work.model.metrics]
    parts = (
        tuple(figure_tree(work, one, request, keys, given, depth + 1) for one in inputs)
        if depth < DEEPEST_DERIVATION
        else ()
    )
    return Part(
        text=as_defined(work, metric),
        label=metric.label.text(work.context.language) or metric.name,
        value=_value(work, metric, request, keys),
        place=str(metric.place),
        parts=parts,
        url=f"/figures/{metric.name}/rows?{urlencode(given)}" if depth and metric.entity else "",
    )


def _value(work: Work, metric: Metric, request: AggregateRequest, keys: Keys) -> object:
    """The figure, None where the metric does not know the group or the reader may not have it."""
    try:
        rows = aggregate(work, replace(request, metrics=(metric.name,)))
    except DougongError:
        return None
    return next((row.values.get(metric.name) for row in rows if not keys or tuple(row.keys) == keys), None)


def as_defined(work: Work, metric: Metric) -> str:
    """What is computed, as the definition says it, as far as the reader may name what it reads."""
    if metric.formula is not None:
        return metric.formula.source
    measure, entity = metric.measure, metric.entity
    if measure is None or entity is None:
        return ""
    formulas = [one for one in (measure.argument, metric.where) if one is not None]
    paths = tuple({tuple(path.split(".")) for one in formulas for path in one.references})
    if len(visible_paths(Reader(work.model, work.context), entity, paths)) != len(paths):
        return ""
    argument = measure.argument.source if measure.argument else "*"
    told = argument if "(" in argument else f"{measure.aggregation}({argument})"
    return told + (f" where {metric.where.source}" if metric.where else "")
