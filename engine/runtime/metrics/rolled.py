"""Rolled: a statement over secured rows that reads folded cells and unfolded deltas in their place, where they say the same.

Only the source of the rows changes. Row rules, field rules, filters, joins along relations and time buckets stay in the
statement as they are, over columns that cells have too; a statement that needs any other column of the rows keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from engine.model.metrics import Metric
from engine.model.rollups import Level, Rollup, rollups_of
from engine.runtime.metrics.folding import RolledParts
from engine.runtime.metrics.whole_months import WholeMonths
from engine.runtime.query import nodes
from engine.runtime.query.secure import SecuredRows
from engine.runtime.rollups.state import built_cells
from engine.runtime.rollups.statements import marked
from engine.runtime.storage.rollup_tables import COUNT, HALF, LOWER, ROWS, UPPER
from engine.runtime.work import Work

GONE = "deleted_at"


@dataclass(frozen=True, slots=True)
class Period:
    """The date of which a statement needs to know no more than in which of these months, or days, it lies."""

    time: str
    months: WholeMonths


@dataclass(frozen=True, slots=True)
class Measured:
    """What a statement measures: its argument, and whether sums of parts tell it."""

    argument: exp.Expression | None
    added_up: bool

    def kept(self, rollup: Rollup, alias: str) -> exp.Column | None:
        """The column of the argument whose sums the roll-up keeps."""
        value = _value(self.argument, alias) if self.argument is not None and self.added_up else None
        return value if value is not None and value.name in rollup.measures else None


def readable_rollup(work: Work, metric: Metric) -> Rollup | None:
    """The roll-up of a metric's entity, when it holds what the rows say. Which do is read once in a unit of work."""
    rollup = rollups_of(work.model).get(metric.entity or "")
    if rollup is None or metric.rollup is False or work.context.as_of is not None:
        return None
    return rollup if rollup.cells in work.read_once("rollups built", built_cells) else None


def put_cells(
    tree: exp.Select, rows: SecuredRows, rollup: Rollup, measured: Measured, period: Period | None
) -> RolledParts | None:
    """Put cells in the place of the rows; the measure's columns then, None where the statement must keep the rows.

    `period` is given where nothing but the period and the bucket looks at the metric's time.
    """
    kept = measured.kept(rollup, rows.alias)
    argument = measured.argument
    used = {one.name for one in columns_of(tree, rows.alias)} - {GONE}
    if argument is not None:
        used |= {one.name for one in columns_of(argument, rows.alias) if one is not kept}
    level = rollup.level_for(frozenset(used))
    if level is None:
        return None
    figures = [ROWS, *(f"{part}{kept.name}" for part in (UPPER, LOWER, COUNT))] if kept is not None else [ROWS]
    within = period if period is not None and period.time in level.split else None
    months = rollup.level_for(frozenset(used), within.time) if within is not None else None
    parts = [marked(level)] if within is None or months is None else _parts(level, months, within)
    tree.set("from_", exp.From(this=cells_and_deltas(rollup, [*sorted(used), *figures], parts, rows.alias)))
    count = nodes.column(rows.alias, ROWS)
    if argument is None:
        return RolledParts(count, count, count)
    if kept is None:
        return _times(argument, count)
    return RolledParts(*(_with_part(argument, rows.alias, part) for part in (UPPER, LOWER, COUNT)))


def _times(argument: exp.Expression, rows: exp.Expression) -> RolledParts:
    """The parts of a value that all rows of a cell share: as often as the cell has rows."""
    value = nodes.parens(argument.copy())
    upper = nodes.parens(exp.Div(this=value, expression=nodes.number(HALF), typed=True, safe=False))
    lower = nodes.parens(exp.Mod(this=value.copy(), expression=nodes.number(HALF)))
    count = nodes.case([(nodes.is_not_null(value), rows.copy())], None)
    return RolledParts(exp.Mul(this=upper, expression=rows.copy()), exp.Mul(this=lower, expression=rows.copy()), count)


def times_named(tree: exp.Expression, alias: str, name: str) -> int:
    """How often a statement names a column of the rows."""
    return sum(one.name == name for one in columns_of(tree, alias))


def any_rows(rows: SecuredRows) -> exp.Expression:
    """Whether a group has rows: cells from which all have gone may still stand."""
    return nodes.compare(exp.GT, exp.Sum(this=nodes.column(rows.alias, ROWS)), nodes.number(0))


def cells_and_deltas(rollup: Rollup, names: list[str], parts: Iterable[exp.Expression], alias: str) -> exp.Subquery:
    """Cells of these parts and all deltas, under the name of the rows."""
    tree: exp.Expression = _arm(names, rollup.deltas, None)
    for part in parts:
        tree = exp.Union(this=_arm(names, rollup.cells, part), expression=tree, distinct=False)
    return exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _parts(days: Level, months: Level, period: Period) -> Iterator[exp.Expression]:
    """Which cells hold a period: those of its whole months, and of the days around them."""
    time = exp.column(period.time, quoted=True)
    yield nodes.all_of([marked(months), period.months.months(time)])
    for around in period.months.days(time):
        yield nodes.all_of([marked(days), around])


def _arm(names: list[str], table: str, where: exp.Expression | None) -> exp.Select:
    gone = exp.Alias(this=nodes.null(), alias=exp.to_identifier(GONE, quoted=True))
    select = exp.Select(expressions=[*(exp.column(name, quoted=True) for name in names), gone])
    select.set("from_", exp.From(this=nodes.bare_table(table)))
    if where is not None:
        select.set("where", exp.Where(this=where))
    return select


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


def columns_of(tree: exp.Expression, alias: str) -> Iterator[exp.Column]:
    """The columns of the rows that a statement or an expression names."""
    return (one for one in tree.find_all(exp.Column) if one.table == alias)
