"""Roll-ups that a metric asks for with `rollup:` and that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic, Message
from engine.dsl.part import Part, PassContext
from engine.model.entities import Entity
from engine.model.metrics import Metric
from engine.model.rollups import Refusal, refusal

_REMEDIES: Mapping[Refusal, Message] = {
    Refusal.DERIVED: Message("写在它所用的基础指标上", "write it at the base metrics that it stands on"),
    Refusal.PART: Message(
        "明细行归自己的单位（owned_by）而权限随主记录，不能预先汇总；把合计字段放到主记录上",
        "a part with a unit of its own has the rights of its whole; put a total on the whole and fold that",
    ),
    Refusal.SEALED: Message(
        "G3 以上的字段不复制进汇总；去掉 rollup", "fields of level G3 and above are not copied; remove rollup"
    ),
    Refusal.TIME: Message(
        "time 须是本实体的日期字段，不能是时刻或关联路径",
        "time must be a date field of the entity, no instant and no path",
    ),
    Refusal.SUBJECT: Message(
        "不能按数据主体本身汇总；先做成是否字段等计算字段",
        "figures are not kept by subject; make it a computed yes-or-no field",
    ),
    Refusal.COLUMN: Message(
        "维度与条件须来自可分组的字段，合计不超过 8 列",
        "dimensions and conditions take fields that group, 8 columns at most",
    ),
}


def check_rollups(
    context: PassContext, entities: Mapping[str, object], metrics: Mapping[str, object]
) -> Iterator[Diagnostic]:
    """Every `rollup:` that names no dimension of its metric, or asks for what no roll-up can hold."""
    known = {name: one for name, one in entities.items() if isinstance(one, Entity)}
    for part in context.parts("metrics"):
        metric = metrics.get(part.name)
        if isinstance(metric, Metric) and metric.rollup and (metric.entity is None or metric.entity in known):
            yield from _check(part, metric, known)


def _check(part: Part, metric: Metric, entities: Mapping[str, Entity]) -> Iterator[Diagnostic]:
    split = metric.rollup if isinstance(metric.rollup, tuple) else ()
    unknown = next((name for name in split if metric.dimension(name) is None), None)
    if unknown is not None:
        offered = ", ".join(one.name for one in metric.dimensions)
        yield part.problem("E465", "rollup", metric=part.name, dimension=unknown, offered=offered)
        return
    reason = refusal(entities, metric, split)
    if reason is not None:
        yield part.problem("E466", "rollup", hint=_REMEDIES[reason], metric=part.name)
