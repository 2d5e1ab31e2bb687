"""Ordering: complete, stable, equal in both databases; and the place after a given row of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import REFERENCE_KINDS
from engine.model.requests import Sort
from engine.runtime.database.statements import StatementCache
from engine.runtime.query import nodes
from engine.runtime.query.names import TITLE, Reader, find, resolve
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.storage.fields import POSTGRES

ID = "id"
NEWEST_FIRST = (Sort((ID,), descending=True),)


NEVER_EMPTY = frozenset({(ID,), ("version",), ("created_at",), ("updated_at",)})


_KNOWN = StatementCache()
"""Complete orders by what decides them."""


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One expression of an order; empty values come first ascending and last descending."""

    expression: exp.Expression
    descending: bool
    nullable: bool = True

    def ordered(self, selected_as: str, dialect: str) -> exp.Ordered:
        """By the name it is selected under: an expression that is a constant may not stand in ORDER BY itself.

        A key that is never empty says nothing of empty values: PostgreSQL then reads its primary key in order.
        """
        name = exp.Column(this=exp.to_identifier(selected_as, quoted=True))
        unsaid = not self.nullable and dialect == POSTGRES
        return exp.Ordered(
            this=name, desc=self.descending, nulls_first=self.descending if unsaid else not self.descending
        )


def complete(reader: Reader, entity: str, sorts: tuple[Sort, ...]) -> tuple[Sort, ...]:
    """The sorts with the id as last resort; references are ordered by what they show."""
    return _KNOWN.get((reader.rights, entity, sorts), lambda: _complete(reader, entity, sorts))


def _complete(reader: Reader, entity: str, sorts: tuple[Sort, ...]) -> tuple[Sort, ...]:
    shown: list[Sort] = []
    for sort in sorts:
        if sort.formula is not None:
            shown.append(sort)
            continue
        resolved = resolve(reader, entity, sort.path)
        refuse_sealed(resolved.field, sort.path, "用来排序", "sorted by")
        title = (*sort.path, TITLE)
        if sort.path == (ID,):
            return (*shown, sort)
        by_title = resolved.field.kind in REFERENCE_KINDS and find(reader, entity, title) is not None
        shown.append(Sort(title, sort.descending) if by_title else sort)
    descending = shown[-1].descending if shown else True
    return (*shown, Sort((ID,), descending))


def after(keys: list[OrderKey], parameters: list[str | None]) -> exp.Expression:
    """True for rows that come after the row whose key values stand in `parameters` (None: that value was empty).

    Rows whose first key is empty and that follow filled ones (descending) are left to `only_empty`: as one condition
    the two could not be read from an index.
    """
    alternatives: list[exp.Expression] = []
    for index, key in enumerate(keys):
        beyond = _beyond(key, parameters[index], index == 0)
        if beyond is not None:
            ties = [_equal(earlier, name) for earlier, name in zip(keys[:index], parameters[:index], strict=True)]
            alternatives.append(nodes.all_of([*ties, beyond]))
    return nodes.all_of([nodes.any_of(alternatives), *_leading_range(keys[0], parameters[0])])


def empty_ones_follow(sorts: tuple[Sort, ...], last: tuple[object, ...] | None) -> bool:
    """Whether rows with an empty first key come after the place `last`, which `after` leaves out."""
    return last is not None and last[0] is not None and sorts[0].descending and sorts[0].path not in NEVER_EMPTY


def only_empty(keys: list[OrderKey]) -> exp.Expression:
    """True for rows whose first key is empty."""
    return nodes.is_null(keys[0].expression)


def _beyond(key: OrderKey, parameter: str | None, leading: bool) -> exp.Expression | None:
    if parameter is None:
        return None if key.descending else nodes.is_not_null(key.expression)
    value = nodes.parameter(parameter)
    if not key.descending:
        return nodes.compare(exp.GT, key.expression, value)
    below = nodes.compare(exp.LT, key.expression, value)
    return below if leading or not key.nullable else nodes.any_of([below, nodes.is_null(key.expression)])


def _equal(key: OrderKey, parameter: str | None) -> exp.Expression:
    if parameter is None:
        return nodes.is_null(key.expression)
    return nodes.compare(exp.EQ, key.expression, nodes.parameter(parameter))


def _leading_range(key: OrderKey, parameter: str | None) -> list[exp.Expression]:
    """A plain range on the first key, which an index can start from; the alternatives alone would scan."""
    if parameter is None:
        return [nodes.is_null(key.expression)] if key.descending else []
    kind = exp.LTE if key.descending else exp.GTE
    return [nodes.compare(kind, key.expression, nodes.parameter(parameter))]
