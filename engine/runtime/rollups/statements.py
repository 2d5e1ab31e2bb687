"""The statements of roll-ups: rows or deltas grouped by every split at once, and what they add to cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollup_splits import SCOPE_UNIT
from engine.model.rollups import Rollup
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.metrics.buckets import MONTH
from engine.runtime.metrics.time_buckets import bucket_expression
from engine.runtime.query import nodes
from engine.runtime.query.selection import named
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.rollup_tables import (
    COUNT,
    HALF,
    ID,
    KEY,
    LOWER,
    RECORD,
    ROWS,
    SPLIT,
    UPPER,
    figure_columns,
)

TAKEN, GROUPED, ADDED = "taken", "grouped", "added"
_TYPES = {
    PhysicalKind.INTEGER: "bigint",
    PhysicalKind.TEXT: "text",
    PhysicalKind.BOOLEAN: "boolean",
    PhysicalKind.DATE: "date",
}


def split_name(split: Sequence[str], month: str | None = None) -> str:
    """What cells of a split are marked with; of those kept by month of a date, with that date too."""
    return f"{','.join(split)} by month of {month}" if month else ",".join(split)


def counting(entity: Entity, rollup: Rollup, dialect: Dialect) -> tuple[Statement, ...]:
    """Adds living rows with ids above `low` up to `high` to cells; deltas about them are taken away in the same snapshot.

    PostgreSQL needs one statement for it. SQLite has one writer: there the deletion goes first.
    """
    where = nodes.all_of([_between("id"), nodes.is_null(_own("deleted_at"))])
    asked = _Asked(entity.name, where, (exp.Count(this=exp.Star()), *measured(rollup)))
    added = _adding(rollup, _grouped(entity, rollup, asked, dialect), dialect)
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=_between(RECORD)))
    if dialect == "sqlite":
        return compile_statement(gone, dialect), compile_statement(added, dialect)
    added.set("with_", exp.With(expressions=[_part_of_it(gone, TAKEN)]))
    return (compile_statement(added, dialect),)


@dataclass(frozen=True, slots=True)
class Folding:
    """How deltas up to `high` become part of cells: `emptied` selects the cells that may have no row any more, split and
    key; the others are executed. PostgreSQL does all in the one statement that selects.
    """

    emptied: Statement
    others: tuple[Statement, ...]


def folding(entity: Entity, rollup: Rollup, dialect: Dialect) -> Folding:
    """Deltas up to `high`, grouped, added to cells and taken away."""
    upto = exp.LTE(this=_own(ID), expression=exp.Placeholder(this="high"))
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=upto))
    figures = tuple(exp.Sum(this=_own(name)) for name in figure_columns(rollup))
    if dialect == "sqlite":
        grouped = _grouped(entity, rollup, _Asked(rollup.deltas, upto, figures), dialect)
        emptied = _marks(exp.Subquery(this=grouped.copy(), alias=_alias(GROUPED)), rollup, dialect)
        emptied.set("where", exp.Where(this=nodes.compare(exp.LT, nodes.column(GROUPED, ROWS), nodes.number(0))))
        others = _adding(rollup, grouped, dialect), gone
        return Folding(compile_statement(emptied, dialect), tuple(compile_statement(one, dialect) for one in others))
    gone.set("returning", exp.Returning(expressions=[exp.Star()]))
    added = _adding(rollup, _grouped(entity, rollup, _Asked(TAKEN, None, figures), dialect), dialect)
    added.set("returning", exp.Returning(expressions=[_own(SPLIT), _own(KEY), _own(ROWS)]))
    emptied = exp.Select(expressions=[_own(SPLIT), _own(KEY)])
    emptied.set("with_", exp.With(expressions=[_part_of_it(gone, TAKEN), _part_of_it(added, ADDED)]))
    emptied.set("from_", exp.From(this=nodes.bare_table(ADDED)))
    emptied.set("where", exp.Where(this=nodes.compare(exp.EQ, _own(ROWS), nodes.number(0))))
    return Folding(compile_statement(emptied, dialect), ())


def _adding(rollup: Rollup, grouped: exp.Expression, dialect: Dialect) -> exp.Insert:
    """Adds what is grouped to cells, which are made where there are none."""
    changed = [
        exp.EQ(
            this=_own(name),
            expression=exp.Add(this=nodes.column(rollup.cells, name), expression=nodes.column("excluded", name)),
        )
        for name in figure_columns(rollup)
    ]
    names = [SPLIT, KEY, *rollup.columns, *figure_columns(rollup)]
    rows = _marks(exp.Subquery(this=grouped, alias=_alias(GROUPED)), rollup, dialect)
    for name in names[2:]:
        rows.append("expressions", nodes.column(GROUPED, name))
    rows.set("where", exp.Where(this=exp.true()))
    return exp.Insert(
        this=exp.Schema(
            this=nodes.bare_table(rollup.cells), expressions=[exp.to_identifier(one, quoted=True) for one in names]
        ),
        expression=rows,
        conflict=exp.OnConflict(
            conflict_keys=[exp.to_identifier(SPLIT, quoted=True), exp.to_identifier(KEY, quoted=True)],
            action=exp.Var(this="DO UPDATE"),
            expressions=changed,
        ),
    )


def _marks(source: exp.Subquery, rollup: Rollup, dialect: Dialect) -> exp.Select:
    """The split and the key of what is grouped: the key is all columns as one text."""
    columns = [nodes.column(GROUPED, name) for name in rollup.columns]
    if dialect == "sqlite":
        key: exp.Expression = nodes.call("json_array", *columns)
    else:
        key = exp.Cast(this=nodes.call("json_build_array", *columns), to=exp.DataType.build("text"))
    select = exp.Select(expressions=[nodes.column(GROUPED, SPLIT), key])
    select.set("from_", exp.From(this=source))
    return select


def _part_of_it(tree: exp.Expression, name: str) -> exp.CTE:
    return exp.CTE(this=tree, alias=_alias(name))


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is grouped: the rows of a table that pass, and the figures of each group."""

    table: str
    where: exp.Expression | None
    figures: tuple[exp.Expression, ...]


def _grouped(entity: Entity, rollup: Rollup, asked: _Asked, dialect: Dialect) -> exp.Expression:
    """One select a split, each with its name, every column (empty where the split has it not) and the figures."""
    by_day = [(split, None) for split in rollup.splits]
    by_month = [(split, month) for split in rollup.splits if (month := rollup.month_of(split)) is not None]
    selects = [_one(entity, rollup, one, asked, dialect) for one in (*by_day, *by_month)]
    tree: exp.Expression = selects[0]
    for one in selects[1:]:
        tree = exp.Union(this=tree, expression=one, distinct=False)
    return tree


def _one(
    entity: Entity, rollup: Rollup, kept: tuple[tuple[str, ...], str | None], asked: _Asked, dialect: Dialect
) -> exp.Select:
    split, month = kept

    def column(name: str) -> exp.Expression:
        if name == month:
            return bucket_expression(_own(name), entity.fields[name], MONTH, "UTC", dialect)
        return _own(name) if name in split else _empty(entity, name, dialect)

    values = [nodes.text(split_name(split, month)), *(column(name) for name in rollup.columns)]
    values += [one.copy() for one in asked.figures]
    names = (SPLIT, *rollup.columns, *figure_columns(rollup))
    select = exp.Select(expressions=[named(value, name) for value, name in zip(values, names, strict=True)])
    select.set("from_", exp.From(this=nodes.bare_table(asked.table)))
    if asked.where is not None:
        select.set("where", exp.Where(this=asked.where.copy()))
    places = [at for at, name in enumerate(rollup.columns, start=2) if name in split]
    select.set("group", exp.Group(expressions=[nodes.number(at) for at in places]))
    return select


def _empty(entity: Entity, name: str, dialect: Dialect) -> exp.Expression:
    """Nothing, of a column's type: PostgreSQL takes an untyped one for text."""
    if dialect == "sqlite":
        return nodes.null()
    kind = PhysicalKind.INTEGER if name == SCOPE_UNIT else storage_of(entity.fields[name]).physical
    return exp.Cast(this=nodes.null(), to=exp.DataType.build(_TYPES[kind]))


def measured(rollup: Rollup) -> Iterator[exp.Expression]:
    """For each measure the sums of its upper and lower digits over rows, and how many rows have it."""
    for name in rollup.measures:
        for part in (UPPER, LOWER, COUNT):
            yield _part(part, _own(name))


def _part(part: str, value: exp.Expression) -> exp.Expression:
    if part == COUNT:
        return exp.Count(this=value)
    if part == UPPER:
        half: exp.Expression = exp.Div(this=value, expression=nodes.number(HALF), typed=True, safe=False)
    else:
        half = exp.Mod(this=value, expression=nodes.number(HALF))
    return exp.Coalesce(this=exp.Sum(this=nodes.parens(half)), expressions=[nodes.number(0)])


def _between(name: str) -> exp.Expression:
    low = exp.GT(this=_own(name), expression=exp.Placeholder(this="low"))
    return nodes.all_of([low, exp.LTE(this=_own(name), expression=exp.Placeholder(this="high"))])


def _own(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
