"""Ordering: complete, stable, equal in both databases; and the place after a given row of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import REFERENCE_KINDS
from engine.model.requests import Sort
from engine.runtime.query import nodes
from engine.runtime.query.names import TITLE, Reader, find, resolve

ID = "id"
NEWEST_FIRST = (Sort((ID,), descending=True),)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One expression of an order; empty values come first ascending and last descending."""

    expression: exp.Expression
    descending: bool

    def ordered(self, selected_as: str) -> exp.Ordered:
        """By the name it is selected under: an expression that is a constant may not stand in ORDER BY itself."""
        name = exp.Column(this=exp.to_identifier(selected_as, quoted=True))
        return exp.Ordered(this=name, desc=self.descending, nulls_first=not self.descending)


def complete(reader: Reader, entity: str, sorts: tuple[Sort, ...]) -> tuple[Sort, ...]:
    """The sorts with the id as last resort; references are ordered by what they show."""
    shown: list[Sort] = []
    for sort in sorts:
        resolved = resolve(reader, entity, sort.path)
        title = (*sort.path, TITLE)
        if sort.path == (ID,):
            return (*shown, sort)
        by_title = resolved.field.kind in REFERENCE_KINDS and find(reader, entity, title) is not None
        shown.append(Sort(title, sort.descending) if by_title else sort)
    descending = shown[-1].descending if shown else True
    return (*shown, Sort((ID,), descending))


def after(keys: list[OrderKey], parameters: list[str | None]) -> exp.Expression:
    """True for rows that come after the row whose key values stand in `parameters` (None: that value was empty)."""
    alternatives: list[exp.Expression] = []
    for index, key in enumerate(keys):
        beyond = _beyond(key, parameters[index])
        if beyond is not None:
            ties = [_equal(earlier, name) for earlier, name in zip(keys[:index], parameters[:index], strict=True)]
            alternatives.append(nodes.all_of([*ties, beyond]))
    return nodes.all_of([nodes.any_of(alternatives), *_leading_range(keys[0], parameters[0])])


def _beyond(key: OrderKey, parameter: str | None) -> exp.Expression | None:
    if parameter is None:
        return None if key.descending else nodes.is_not_null(key.expression)
    value = nodes.parameter(parameter)
    if key.descending:
        return nodes.any_of([nodes.compare(exp.LT, key.expression, value), nodes.is_null(key.expression)])
    return nodes.compare(exp.GT, key.expression, value)


def _equal(key: OrderKey, parameter: str | None) -> exp.Expression:
    if parameter is None:
        return nodes.is_null(key.expression)
    return nodes.compare(exp.EQ, key.expression, nodes.parameter(parameter))


def _leading_range(key: OrderKey, parameter: str | None) -> list[exp.Expression]:
    """A plain range on the first key, which an index can start from; the alternatives alone would scan."""
    if parameter is None or key.descending:
        return []
    return [nodes.compare(exp.GTE, key.expression, nodes.parameter(parameter))]
