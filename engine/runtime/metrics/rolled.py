"""Rolled: a statement over secured rows that reads folded cells and unfolded deltas in their place, where they say the same.

Only the source of the rows changes. Row rules, field rules, filters, joins along relations and time buckets stay in the
statement as they are, over columns that cells have too; a statement that needs any other column of the rows keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlglot import exp

from engine.model.metrics import Metric
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.metrics.buckets import MONTH, QUARTER, YEAR
from engine.runtime.metrics.folding import RolledParts
from engine.runtime.query import nodes
from engine.runtime.query.secure import SecuredRows
from engine.runtime.rollups.state import built
from engine.runtime.rollups.statements import split_name
from engine.runtime.storage.rollup_tables import COUNT, LOWER, ROWS, SPLIT, UPPER, figure_columns
from engine.runtime.work import Work

GONE = "deleted_at"


def readable_rollup(work: Work, metric: Metric) -> Rollup | None:
    """The roll-up of a metric's entity, when it holds what the rows say."""
    rollup = rollups_of(work.model).get(metric.entity or "")
    return rollup if rollup is not None and metric.rollup is not False and built(work.session, rollup) else None


def put_cells(
    tree: exp.Select, rows: SecuredRows, rollup: Rollup, argument: exp.Expression | None, month: str | None
) -> RolledParts | None:
    """Put cells in the place of the rows; the measure's columns then, None where the statement must keep the rows.

    `month` is the date of which the statement needs to know the month alone.
    """
    value = None if argument is None else _value(argument, rows.alias)
    if argument is not None and (value is None or value.name not in rollup.measures):
        return None
    used = {one.name for one in _columns(tree, rows.alias)} - {GONE}
    if argument is not None:
        used |= {one.name for one in _columns(argument, rows.alias) if one is not value}
    split = rollup.split_for(frozenset(used))
    if split is None:
        return None
    by_month = month if month is not None and month == rollup.month_of(split) else None
    tree.set("from_", exp.From(this=_cells(rollup, split, by_month, rows.alias)))
    if argument is None:
        count = nodes.column(rows.alias, ROWS)
        return RolledParts(count, count, count)
    return RolledParts(*(_with_part(argument, rows.alias, part) for part in (UPPER, LOWER, COUNT)))


def whole_months(since: object, until: object, bucket: str | None) -> bool:
    """Whether a question is about whole months and split by nothing shorter."""
    begins = since is None or (isinstance(since, date) and since.day == 1)
    ends = until is None or (isinstance(until, date) and (until + timedelta(days=1)).day == 1)
    return begins and ends and bucket in (None, MONTH, QUARTER, YEAR)


def times_named(tree: exp.Expression, alias: str, name: str) -> int:
    """How often a statement names a column of the rows."""
    return sum(one.name == name for one in _columns(tree, alias))


def any_rows(rows: SecuredRows) -> exp.Expression:
    """Whether a group has rows: cells from which all have gone may still stand."""
    return nodes.compare(exp.GT, exp.Sum(this=nodes.column(rows.alias, ROWS)), nodes.number(0))


def _cells(rollup: Rollup, split: tuple[str, ...], month: str | None, alias: str) -> exp.Subquery:
    """The cells of one split and all deltas, under the name of the rows."""
    names = [*split, *figure_columns(rollup)]

    def arm(table: str) -> exp.Select:
        gone = exp.Alias(this=nodes.null(), alias=exp.to_identifier(GONE, quoted=True))
        select = exp.Select(expressions=[*(exp.column(name, quoted=True) for name in names), gone])
        select.set("from_", exp.From(this=nodes.bare_table(table)))
        return select

    folded = arm(rollup.cells)
    of_split = exp.EQ(this=exp.column(SPLIT, quoted=True), expression=nodes.text(split_name(split, month)))
    folded.set("where", exp.Where(this=of_split))
    both = exp.Union(this=folded, expression=arm(rollup.deltas), distinct=False)
    return exp.Subquery(this=both, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _value(argument: exp.Expression, alias: str) -> exp.Column | None:
    """The column whose value an argument passes on as it is, on all rows or on some; None where it computes."""
    match argument:
        case exp.Column() if argument.table == alias:
            return argument
        case exp.Paren():
            return _value(argument.this, alias)
        case exp.Case() if argument.args.get("default") is None and len(argument.args["ifs"]) == 1:
            return _value(argument.args["ifs"][0].args["true"], alias)
        case _:
            return None


def _with_part(argument: exp.Expression, alias: str, part: str) -> exp.Expression:
    changed = argument.copy()
    column = _value(changed, alias)
    if column is None:
        raise ValueError("an argument that computes has no parts")
    replaced = nodes.column(alias, f"{part}{column.name}")
    if column is changed:
        return replaced
    column.replace(replaced)
    return changed


def _columns(tree: exp.Expression, alias: str) -> Iterator[exp.Column]:
    return (one for one in tree.find_all(exp.Column) if one.table == alias)
