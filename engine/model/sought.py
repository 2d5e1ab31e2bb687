"""Sought: the own date of which a metric takes the first or the last value, which an index finds for each cell."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.entities import Entity, FieldKind
from engine.model.formula import Call, Literal, Node, Reference
from engine.model.metrics import Aggregation, Metric

DAYS = "days_between"


@dataclass(frozen=True, slots=True)
class Sought:
    """A date of the row, whether its last or its first value tells the figure, and what the indexes that end in it begin with."""

    date: str
    last: bool
    found_by: tuple[tuple[str, ...], ...]


def sought(entity: Entity, metric: Metric) -> Sought | None:
    """What a metric seeks: `max(sold_on)`, `min(days_between(sold_on, today()))`. None where it does not, or where its
    condition or its period looks at the date, or no index ends in it.
    """
    measure = metric.measure
    if measure is None or measure.argument is None:
        return None
    if measure.aggregation not in (Aggregation.MINIMUM, Aggregation.MAXIMUM):
        return None
    found = _date_of(measure.argument.node)
    if found is None or found[0] == metric.time or (metric.where is not None and found[0] in metric.where.references):
        return None
    date, rises = found
    field = entity.fields.get(date)
    indexes = tuple(one[:-1] for one in entity.indexes if len(one) > 1 and one[-1] == date)
    if field is None or field.kind is not FieldKind.DATE or not indexes:
        return None
    return Sought(date, (measure.aggregation is Aggregation.MAXIMUM) == rises, indexes)


def _date_of(node: Node) -> tuple[str, bool] | None:
    """The own column of which a value is worked out, and whether the value rises with it; None for any other formula."""
    match node:
        case Reference(path=(name,)):
            return name, True
        case Call(function=function, arguments=(Reference(path=(name,)), other)) if function == DAYS and _fixed(other):
            return name, False
        case Call(function=function, arguments=(other, Reference(path=(name,)))) if function == DAYS and _fixed(other):
            return name, True
        case _:
            return None


def _fixed(node: Node) -> bool:
    """Whether a value is the same for every row: a constant, `today()`."""
    return isinstance(node, Literal) or (isinstance(node, Call) and not node.arguments)
