"""Found dates: first and last dates of rows, found by an index for each cell that has rows, in the place of the rows.

As with sums, only the source of the rows changes: it has a row for each combination of the columns that the statement names,
and in it the one date that counts. Rights, conditions and joins look at those columns as they would look at the rows'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from engine.model.rollups import Level, Rollup
from engine.model.sought import Sought
from engine.runtime.metrics.rolled import GONE, cells_and_deltas, columns_of
from engine.runtime.query import nodes
from engine.runtime.query.secure import SecuredRows
from engine.runtime.query.selection import named
from engine.runtime.rollups.statements import marked
from engine.runtime.storage.rollup_tables import ROWS

HELD, ROW = "held", "row"


@dataclass(frozen=True, slots=True)
class _Way:
    """How a date is found: for each group of a level by these columns, along an index that begins with some of them."""

    level: Level
    columns: tuple[str, ...]
    index: tuple[str, ...]


def put_found_dates(
    tree: exp.Select, rows: SecuredRows, rollup: Rollup, argument: exp.Expression, sought: Sought
) -> bool:
    """Put groups of cells with their found date in the place of the rows; False where the statement must keep the rows."""
    used = {one.name for one in columns_of(tree, rows.alias)} - {GONE}
    within = {one.name for one in columns_of(argument, rows.alias)}
    if sought.date in used or sought.date not in within:
        return False
    way = next(
        iter(sorted(_ways(rollup, used | within - {sought.date}, sought), key=lambda one: len(one.columns))), None
    )
    if way is None:
        return False
    tree.set("from_", exp.From(this=_source(rows, rollup, sought, way)))
    return True


def _ways(rollup: Rollup, used: Iterable[str], sought: Sought) -> Iterator[_Way]:
    for index in sought.found_by:
        columns = frozenset({*used, *index})
        level = rollup.level_for(columns)
        if level is not None:
            yield _Way(level, tuple(sorted(columns)), index)


def _source(rows: SecuredRows, rollup: Rollup, sought: Sought, way: _Way) -> exp.Subquery:
    held = exp.Select(expressions=[nodes.column(HELD, name) for name in way.columns])
    held.set("from_", exp.From(this=cells_and_deltas(rollup, [*way.columns, ROWS], [marked(way.level)], HELD)))
    held.set("group", exp.Group(expressions=[nodes.number(at + 1) for at in range(len(way.columns))]))
    lives = nodes.compare(exp.GT, exp.Sum(this=nodes.column(HELD, ROWS)), nodes.number(0))
    held.set("having", exp.Having(this=lives))
    gone = named(nodes.null(), GONE)
    found = named(_found(rows, sought, way), sought.date)
    select = exp.Select(expressions=[*(nodes.column(HELD, name) for name in way.columns), found, gone])
    select.set("from_", exp.From(this=exp.Subquery(this=held, alias=_alias(HELD))))
    return exp.Subquery(this=select, alias=_alias(rows.alias))


def _found(rows: SecuredRows, sought: Sought, way: _Way) -> exp.Expression:
    """The date by the index where none of what it begins with is empty: an empty value equals nothing, and is looked for apart."""
    fields = rows.entity.fields
    nullable = [name for name in way.index if not fields[name].required]
    by_index = _first(rows, sought, way, frozenset(way.index))
    if not nullable:
        return by_index
    known = nodes.all_of([nodes.is_not_null(nodes.column(HELD, name)) for name in nullable])
    return nodes.case([(known, by_index)], _first(rows, sought, way, frozenset()))


def _first(rows: SecuredRows, sought: Sought, way: _Way, equal: frozenset[str]) -> exp.Expression:
    """The first or last date of the living rows of a group; `equal` are the columns that are known not to be empty."""
    date = nodes.column(ROW, sought.date)
    same = (
        (exp.EQ if name in equal else exp.NullSafeEQ)(this=nodes.column(ROW, name), expression=nodes.column(HELD, name))
        for name in way.columns
    )
    lives = nodes.is_null(nodes.column(ROW, GONE))
    select = exp.Select(expressions=[date])
    select.set("from_", exp.From(this=nodes.table(rows.entity.name, ROW)))
    select.set("where", exp.Where(this=nodes.all_of([*same, lives, nodes.is_not_null(date)])))
    select.set("order", exp.Order(expressions=[exp.Ordered(this=date.copy(), desc=sought.last)]))
    select.set("limit", exp.Limit(expression=nodes.number(1)))
    return nodes.scalar(select)


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))
