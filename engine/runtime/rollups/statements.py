"""The statements of roll-ups: rows, deltas or finer cells grouped by several levels at once, and what they add to cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollup_splits import SCOPE_UNIT
from engine.model.rollups import Level, Rollup
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is grouped for a level: the rows of a table that pass, and the figures of each group."""

    level: Level
    table: str
    where: exp.Expression | None
    figures: tuple[exp.Expression, ...]


@dataclass(frozen=True, slots=True)
class Folding:
    """How deltas up to `high` become part of cells: `emptied` selects the cells that may have no row any more, split and
    key; the others are executed. PostgreSQL does all in the one statement that selects.
    """

    emptied: Statement
    others: tuple[Statement, ...]


def folding(entity: Entity, rollup: Rollup, dialect: Dialect) -> Folding:
    """Deltas up to `high`, grouped, added to cells and taken away."""
    upto = exp.LTE(this=own(ID), expression=exp.Placeholder(this="high"))
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=upto))
    if dialect == "sqlite":
        asked = [Asked(one, rollup.deltas, upto, summed(rollup)) for one in rollup.levels]
        emptied = exp.Select(expressions=[own(SPLIT), own(KEY)])
        emptied.set("from_", exp.From(this=_grouped_as(_all_grouped(entity, rollup, asked, dialect))))
        emptied.set("where", exp.Where(this=nodes.compare(exp.LT, own(ROWS), nodes.number(0))))
        others = adding(entity, rollup, asked, dialect), gone
        return Folding(compile_statement(emptied, dialect), tuple(compile_statement(one, dialect) for one in others))
    gone.set("returning", exp.Returning(expressions=[exp.Star()]))
    added = adding(entity, rollup, [Asked(one, TAKEN, None, summed(rollup)) for one in rollup.levels], dialect)
    added.set("returning", exp.Returning(expressions=[own(SPLIT), own(KEY), own(ROWS)]))
    emptied = exp.Select(expressions=[own(SPLIT), own(KEY)])
    emptied.set("with_", exp.With(expressions=[part_of_it(gone, TAKEN), part_of_it(added, ADDED)]))
    emptied.set("from_", exp.From(this=nodes.bare_table(ADDED)))
    emptied.set("where", exp.Where(this=nodes.compare(exp.EQ, own(ROWS), nodes.number(0))))
    return Folding(compile_statement(emptied, dialect), ())


def adding(entity: Entity, rollup: Rollup, asked: Sequence[Asked], dialect: Dialect) -> exp.Insert:
    """Adds what is grouped to cells, which are made where there are none."""
    changed = [
        exp.EQ(
            this=own(name),
            expression=exp.Add(this=nodes.column(rollup.cells, name), expression=nodes.column("excluded", name)),
        )
        for name in figure_columns(rollup)
    ]
    names = [SPLIT, KEY, *rollup.columns, *figure_columns(rollup)]
    return exp.Insert(
        this=exp.Schema(
            this=nodes.bare_table(rollup.cells), expressions=[exp.to_identifier(one, quoted=True) for one in names]
        ),
        expression=_all_grouped(entity, rollup, asked, dialect),
        conflict=exp.OnConflict(
            conflict_keys=[exp.to_identifier(SPLIT, quoted=True), exp.to_identifier(KEY, quoted=True)],
            action=exp.Var(this="DO UPDATE"),
            expressions=changed,
        ),
    )


def _all_grouped(entity: Entity, rollup: Rollup, asked: Iterable[Asked], dialect: Dialect) -> exp.Expression:
    """One select a level, each with its number, the key, every column (empty where the split has it not) and the figures."""
    first, *others = (_marked_groups(entity, rollup, one, dialect) for one in asked)
    tree: exp.Expression = first
    for one in others:
        tree = exp.Union(this=tree, expression=one, distinct=False)
    return tree


def _marked_groups(entity: Entity, rollup: Rollup, asked: Asked, dialect: Dialect) -> exp.Select:
    """The groups of a level. The key is what the split has, as one text; its unit and day come first there and in the
    order of the groups, so that cells which are read together lie together.
    """
    split = sorted(asked.level.split, key=lambda name: (name != SCOPE_UNIT, name not in rollup.times, name))
    columns = (
        nodes.column(GROUPED, name) if name in split else _empty(entity, name, dialect) for name in rollup.columns
    )
    figures = (nodes.column(GROUPED, name) for name in figure_columns(rollup))
    values = [nodes.number(asked.level.number), _key([nodes.column(GROUPED, name) for name in split], dialect)]
    names = (SPLIT, KEY, *rollup.columns, *figure_columns(rollup))
    select = exp.Select(
        expressions=[named(value, name) for value, name in zip([*values, *columns, *figures], names, strict=True)]
    )
    select.set("from_", exp.From(this=_grouped_as(_groups(entity, rollup, asked, split, dialect))))
    select.set("where", exp.Where(this=exp.true()))
    return select


def _groups(entity: Entity, rollup: Rollup, asked: Asked, split: Sequence[str], dialect: Dialect) -> exp.Select:
    def column(name: str) -> exp.Expression:
        if name == asked.level.month:
            return bucket_expression(own(name), entity.fields[name], MONTH, "UTC", dialect)
        return own(name)

    values = [*(column(name) for name in split), *(one.copy() for one in asked.figures)]
    names = (*split, *figure_columns(rollup))
    select = exp.Select(expressions=[named(value, name) for value, name in zip(values, names, strict=True)])
    select.set("from_", exp.From(this=nodes.bare_table(asked.table)))
    if asked.where is not None:
        select.set("where", exp.Where(this=asked.where.copy()))
    select.set("group", exp.Group(expressions=[nodes.number(at + 1) for at in range(len(split))]))
    return select


def _key(columns: Sequence[exp.Expression], dialect: Dialect) -> exp.Expression:
    if dialect == "sqlite":
        return nodes.call("json_array", *columns)
    return exp.Cast(this=nodes.call("json_build_array", *columns), to=exp.DataType.build("text"))


def marked(level: Level) -> exp.Expression:
    """Whether a cell is one of a level."""
    return exp.EQ(this=own(SPLIT), expression=nodes.number(level.number))


def part_of_it(tree: exp.Expression, name: str) -> exp.CTE:
    """A statement that is a part of another one, under a name."""
    return exp.CTE(this=tree, alias=_alias(name))


def _grouped_as(tree: exp.Expression) -> exp.Subquery:
    return exp.Subquery(this=tree, alias=_alias(GROUPED))


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


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
            yield _part(part, own(name))


def _part(part: str, value: exp.Expression) -> exp.Expression:
    if part == COUNT:
        return exp.Count(this=value)
    if part == UPPER:
        half: exp.Expression = exp.Div(this=value, expression=nodes.number(HALF), typed=True, safe=False)
    else:
        half = exp.Mod(this=value, expression=nodes.number(HALF))
    return exp.Coalesce(this=exp.Sum(this=nodes.parens(half)), expressions=[nodes.number(0)])


def summed(rollup: Rollup) -> tuple[exp.Expression, ...]:
    """The figures of a group of deltas or cells."""
    return tuple(exp.Sum(this=own(name)) for name in figure_columns(rollup))


def own(name: str) -> exp.Column:
    """A column of the one table that is read."""
    return exp.column(name, quoted=True)
