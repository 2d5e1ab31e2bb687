"""What a metric is computed from: its base metrics, and the rights under which each is."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import Dimension, Metric, bases_of
from engine.runtime.query.names import Reader, find, nameable


def metric_named(model: AppModel, name: str) -> Metric:
    """The metric; raises BadRequest for a name that is none."""
    metric = model.metrics.get(name)
    if metric is None:
        raise BadRequest(Message(f"没有名为 {name} 的指标", f"There is no metric named {name}"), metric=name)
    return metric


def base_metrics(model: AppModel, names: tuple[str, ...]) -> tuple[Metric, ...]:
    """The base metrics that `names` stand on, each once, in order of need. Raises BadRequest for a name that is none."""
    found = {base.name: base for name in names for base in bases_of(model.metrics, metric_named(model, name).name)}
    return tuple(found.values())


def reader_of(reader: Reader, metric: Metric) -> Reader:
    """The eyes under which a base metric is computed: released metrics see all rows, others what the reader sees.

    Raises NotFound when the reader has no right to the entity, or may never read a field that the figure stands on.
    """
    if metric.roles & reader.context.principal.roles:
        return Reader(reader.model, reader.context, released=True)
    check_nameable(reader, metric)
    return reader


def check_nameable(reader: Reader, metric: Metric) -> None:
    """Raises NotFound when the reader has no right to the metric's rows, or may never read a field it stands on."""
    if metric.entity is None or reader.access(metric.entity) is None:
        raise NotFound
    formulas = [formula for formula in (metric.measure.argument if metric.measure else None, metric.where) if formula]
    references = {reference for formula in formulas for reference in formula.references}
    references |= {metric.time} if metric.time else set()
    if not all(nameable(reader, metric.entity, reference) for reference in references):
        raise NotFound


def figures_for(reader: Reader) -> tuple[str, ...]:
    """The metrics that exist for the reader: all that they stand on is released to the reader, or named for them."""
    return tuple(
        name
        for name in reader.model.metrics
        if all(_exists(reader, base) for base in base_metrics(reader.model, (name,)))
    )


def _exists(reader: Reader, base: Metric) -> bool:
    try:
        reader_of(reader, base)
    except NotFound:
        return False
    return True


def dimension_of(reader: Reader, metric: Metric, name: str) -> Dimension:
    """A declared dimension; raises BadRequest for any other name and for one over what the reader has no name for."""
    offered = [one for one in metric.dimensions if find(reader, metric.entity or "", one.path) is not None]
    found = next((one for one in offered if one.name == name), None)
    if found is None:
        listed = "、".join(one.name for one in offered)
        raise BadRequest(
            Message(
                f"指标 {metric.name} 不能按 {name} 拆分，可用：{listed}",
                f"Metric {metric.name} cannot be split by {name}; offered: {listed}",
            ),
            dimension=name,
        )
    return found
