"""The statements of an SQL source: a declared table or one SELECT that only reads, whole or in pages by version and key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.extensions import SourceFault
from engine.model.sources import Source

FORBIDDEN = (exp.Into, exp.Lock, exp.DML, exp.DDL, exp.Command, exp.Placeholder, exp.Parameter)
WITHIN = "asked"
"""What the rows of a query are called where pages of them are asked for."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Pages of so many rows in the order of `version` (empty: of the key alone), then of the key; columns of the source."""

    version: str
    key: tuple[str, ...]
    size: int

    @property
    def order(self) -> tuple[str, ...]:
        """The columns by which rows are ordered; no two rows have the same values in all of them."""
        return tuple(dict.fromkeys((*filter(None, [self.version]), *self.key)))


def columns_of(source: Source, paging: Paging | None = None) -> tuple[str, ...]:
    """The columns that are asked for."""
    return tuple(dict.fromkeys((*source.fields.values(), *(paging.order if paging else ()))))


def reading(source: Source, dialect: str, columns: Sequence[str]) -> exp.Query:
    """The statement of a source. Raises SourceFault where it does more than read."""
    table, query = source.settings.get("table"), source.settings.get("query")
    if isinstance(table, str) == isinstance(query, str):
        raise SourceFault("bad_settings", "table 与 query 须写一个", "One of table and query is needed, and only one")
    if isinstance(table, str):
        parts = [exp.to_identifier(part, quoted=True) for part in table.split(".")]
        named = exp.Table(this=parts[-1], db=parts[-2] if len(parts) > 1 else None)
        return exp.select(*_named(columns)).from_(named)
    return _one_select(str(query), dialect)


def page(
    whole: exp.Query, columns: Sequence[str], paging: Paging, after: Sequence[object], since: object
) -> exp.Select:
    """A page of the rows of a statement and the first of the next one: behind the values `after` in the order, or of a version from `since` on."""
    asked = exp.select(*_named(columns)).from_(whole.subquery(WITHIN, copy=False))
    if paging.version:
        asked = asked.where(exp.column(paging.version, quoted=True).is_(exp.null()).not_())
    if after:
        asked = asked.where(_behind(paging.order, after))
    elif since is not None:
        asked = asked.where(exp.GTE(this=exp.column(paging.version, quoted=True), expression=literal(since)))
    if paging.order:
        asked = asked.order_by(*(exp.Ordered(this=one, nulls_first=True) for one in _named(paging.order)))
    return asked.limit(paging.size + 1)


def literal(value: object) -> exp.Expr:
    """A value that came out of a database as it is written in a statement to it."""
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | Decimal | float):
        return exp.Literal.number(str(value))
    if isinstance(value, datetime):
        return exp.Literal.string(value.isoformat(" "))
    return exp.Literal.string(value.isoformat() if isinstance(value, date) else str(value))


def sortable(value: object) -> str:
    """A version as text that sorts as it does, in whatever zone the other side tells an instant."""
    if isinstance(value, int):
        return f"{value:020d}"
    if isinstance(value, Decimal):
        return f"{value:040.15f}"
    if isinstance(value, datetime):
        there = value if value.tzinfo is None else value.astimezone(UTC)
        return there.isoformat(timespec="microseconds")
    return "" if value is None else str(value)


def kept(value: object) -> object:
    """A version as a cursor keeps it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value if isinstance(value, int) else str(value)


def _behind(order: Sequence[str], after: Sequence[object]) -> exp.Expr:
    """Rows behind these values, in the order of all columns together."""
    either: list[exp.Expr] = []
    for place, value in enumerate(after):
        same = [
            exp.EQ(this=exp.column(one, quoted=True), expression=literal(said))
            for one, said in zip(order[:place], after, strict=False)
        ]
        more = exp.GT(this=exp.column(order[place], quoted=True), expression=literal(value))
        either.append(exp.and_(*same, more))
    return exp.or_(*either)


def _named(columns: Sequence[str]) -> list[exp.Column]:
    return [exp.column(name, quoted=True) for name in columns]


def _one_select(text: str, dialect: str) -> exp.Query:
    try:
        trees = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
    except SqlglotError as error:
        raise SourceFault("bad_query", "查询语句无法解析", "The query cannot be parsed") from error
    only = trees[0] if len(trees) == 1 else None
    if isinstance(only, exp.Select | exp.SetOperation) and not any(isinstance(node, FORBIDDEN) for node in only.walk()):
        return only
    raise SourceFault(
        "bad_query",
        "查询须是一条只读的 SELECT，且不带参数",
        "The query must be one SELECT that only reads, without parameters",
    )


Row = Mapping[str, object]
