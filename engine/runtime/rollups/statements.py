"""The statements of roll-ups: rows or deltas grouped by every split at once, and what they add to cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollups import SCOPE_UNIT, Rollup
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.metrics.buckets import MONTH
from engine.runtime.metrics.time_buckets import bucket_expression
from engine.runtime.query import nodes
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.rollup_tables import (
    COUNT,
    HALF,
    ID,
    KEY,
    LOWER,
    RECORD,
    SPLIT,
    UPPER,
    figure_columns,
)

TAKEN = "taken"
_TYPES = {
    PhysicalKind.INTEGER: "bigint",
    PhysicalKind.TEXT: "text",
    PhysicalKind.BOOLEAN: "boolean",
    PhysicalKind.DATE: "date",
}


def split_name(split: Sequence[str], month: str | None = None) -> str:
    """What cells of a split are marked with; of those kept by month of a date, with that date too."""
    return f"{','.join(split)} by month of {month}" if month else ",".join(split)


def cell_columns(rollup: Rollup) -> tuple[str, ...]:
    """The columns of a table of cells, in order."""
    return (SPLIT, KEY, *rollup.columns, *figure_columns(rollup))


def counting(entity: Entity, rollup: Rollup, dialect: Dialect) -> tuple[Statement, ...]:
    """Living rows with ids above `low` up to `high`, grouped; deltas about them are taken away in the same snapshot.

    PostgreSQL needs one statement for it. SQLite has one writer: there the deletion goes first, and the last one selects.
    """
    where = nodes.all_of([_between("id"), nodes.is_null(_own("deleted_at"))])
    asked = _Asked(entity.name, where, (exp.Count(this=exp.Star()), *measured(rollup)))
    grouped = _grouped(entity, rollup, asked, dialect)
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=_between(RECORD)))
    return _together(grouped, gone, dialect)


def folding(entity: Entity, rollup: Rollup, dialect: Dialect) -> tuple[Statement, ...]:
    """Deltas up to `high`, grouped and taken away; the last statement selects."""
    upto = exp.LTE(this=_own(ID), expression=exp.Placeholder(this="high"))
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=upto))
    figures = tuple(exp.Sum(this=_own(name)) for name in figure_columns(rollup))
    if dialect == "postgres":
        gone.set("returning", exp.Returning(expressions=[exp.Star()]))
        return _together(_grouped(entity, rollup, _Asked(TAKEN, None, figures), dialect), gone, dialect)
    grouped = _grouped(entity, rollup, _Asked(rollup.deltas, upto, figures), dialect)
    return compile_statement(grouped, dialect), compile_statement(gone, dialect)


def adding(rollup: Rollup, dialect: Dialect) -> Statement:
    """Adds figures to a cell, which is made when there is none."""
    names = cell_columns(rollup)
    changed = [
        exp.EQ(
            this=_own(name),
            expression=exp.Add(this=nodes.column(rollup.cells, name), expression=nodes.column("excluded", name)),
        )
        for name in figure_columns(rollup)
    ]
    tree = exp.Insert(
        this=exp.Schema(
            this=nodes.bare_table(rollup.cells), expressions=[exp.to_identifier(one, quoted=True) for one in names]
        ),
        expression=exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder(this=one) for one in names])]),
        conflict=exp.OnConflict(
            conflict_keys=[exp.to_identifier(SPLIT, quoted=True), exp.to_identifier(KEY, quoted=True)],
            action=exp.Var(this="DO UPDATE"),
            expressions=changed,
        ),
    )
    return compile_statement(tree, dialect)


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

    columns = [column(name) for name in rollup.columns]
    named = nodes.text(split_name(split, month))
    select = exp.Select(expressions=[named, *columns, *(one.copy() for one in asked.figures)])
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


def _together(grouped: exp.Expression, gone: exp.Delete, dialect: Dialect) -> tuple[Statement, ...]:
    if dialect == "sqlite":
        return compile_statement(gone, dialect), compile_statement(grouped, dialect)
    taken = exp.CTE(this=gone, alias=exp.TableAlias(this=exp.to_identifier(TAKEN, quoted=True)))
    grouped.set("with_", exp.With(expressions=[taken]))
    return (compile_statement(grouped, dialect),)


def _between(name: str) -> exp.Expression:
    low = exp.GT(this=_own(name), expression=exp.Placeholder(this="low"))
    return nodes.all_of([low, exp.LTE(this=_own(name), expression=exp.Placeholder(this="high"))])


def _own(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
