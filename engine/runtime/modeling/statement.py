"""The statement of a feature plan: one select, the same for training and for scoring, whatever the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from engine.model.feature_plans import FeaturePlan, Fold, Raw, Shape
from engine.model.formula import Call, Choice, Date, Decimal, Formula, Instant, Node, Text
from engine.runtime.modeling.fact_groups import (
    AT,
    ROW,
    SPINE,
    WHOLE,
    GroupTables,
    alias,
    ascending,
    cte,
    fact_groups,
    plain_value,
    true_of,
)
from engine.runtime.modeling.known_columns import CELLS, KnownCells, KnownColumns, moment_at, on_clock
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.membership import among
from engine.runtime.query.secure import secure
from engine.runtime.query.secured_columns import SecuredColumns

ONLY = "records"
"""The parameter that carries the ids of the rows, where few are asked for."""
DECIDED = "d"
"""The day of the decision, among the cells of a row."""
LABEL = 10_000
"""The place of the outcome among folds."""


@dataclass(frozen=True)
class PlanStatement:
    """Builds the select of a plan for one reader: a line for each row, with id, decision time and scope unit, then the parts
    of each feature in the plan's order, then the outcome's value and when it was known, where it is asked for.

    With `few` only the rows are decided about whose ids are given, and only facts are read that have to do with them.
    """

    compilation: Compilation
    plan: FeaturePlan
    few: bool
    outcome: bool

    def tree(self) -> exp.Select:
        tables = [*self._spine(), *(one for group in self._groups for one in group.tables())]
        tables.append(cte(WHOLE, self._whole()))
        tree = exp.Select(expressions=[nodes.column(WHOLE, name) for name in (ROW, AT, "u")])
        for place, feature in enumerate(self.plan.features):
            for part in self._parts(place, feature.value):
                tree.append("expressions", part)
        for part in self._outcome_parts():
            tree.append("expressions", part)
        tree.set("with_", exp.With(expressions=tables))
        tree.set("from_", exp.From(this=nodes.table(WHOLE, WHOLE)))
        tree.set("joins", [one for group in self._groups for one in group.joins()])
        tree.set("order", exp.Order(expressions=[ascending(nodes.column(WHOLE, name)) for name in (AT, ROW)]))
        return tree

    def _whole(self) -> exp.Select:
        """The rows with their answers, put together by sorting: SQLite joins what windows gave by walking all of it again
        for each row, for it thinks little of how much that is."""
        own = self._own_columns()
        columns = own | {name: "BIGINT" for group in self._groups for name in group.answers()}
        joined: exp.Expression = _leg(SPINE, columns, own)
        for group in self._groups:
            leg = _leg(group.group.name("answers"), columns, group.answers())
            joined = exp.Union(this=joined, expression=leg, distinct=False)
        found = [alias(nodes.call("MAX", nodes.column("q", name)), name) for name in columns]
        tree = exp.Select(expressions=[alias(nodes.column("q", ROW), ROW), *found])
        held = exp.TableAlias(this=exp.to_identifier("q", quoted=True))
        tree.set("from_", exp.From(this=exp.Subquery(this=joined, alias=held)))
        tree.set("group", exp.Group(expressions=[nodes.column("q", ROW)]))
        return tree

    def _own_columns(self) -> dict[str, str]:
        """The columns of the rows themselves that are shown, with their types."""
        raws = {f"c{place}": one.value for place, one in enumerate(self.plan.features) if isinstance(one.value, Raw)}
        told = self.plan.outcome if self.outcome else None
        outcome = () if told is None or isinstance(told.value, Fold) else ("y", "k")
        return {
            AT: "BIGINT",
            "u": "BIGINT",
            **{name: "TEXT" if _is_text(raw) else "BIGINT" for name, raw in raws.items()},
            **dict.fromkeys(outcome, "BIGINT"),
        }

    @property
    def _folds(self) -> list[tuple[int, Fold]]:
        folds = [(place, one.value) for place, one in enumerate(self.plan.features) if isinstance(one.value, Fold)]
        outcome = self.plan.outcome
        if self.outcome and outcome is not None and isinstance(outcome.value, Fold):
            folds.append((LABEL, outcome.value))
        return folds

    @cached_property
    def _groups(self) -> tuple[GroupTables, ...]:
        return tuple(GroupTables(self.compilation, self.plan, group, self.few) for group in fact_groups(self._folds))

    def _parts(self, place: int, value: Raw | Fold) -> list[exp.Expression]:
        if isinstance(value, Raw):
            return [nodes.column(WHOLE, f"c{place}")]
        of = next(one for one in self._groups if any(at == place for at, _ in one.group.folds))
        return of.parts(place, value)

    def _outcome_parts(self) -> list[exp.Expression]:
        outcome = self.plan.outcome if self.outcome else None
        if outcome is None:
            return []
        if isinstance(outcome.value, Fold):
            return [*self._parts(LABEL, outcome.value)]
        return [nodes.column(WHOLE, "y"), nodes.column(WHOLE, "k")]

    def _spine(self) -> Iterator[exp.CTE]:
        """The rows that are decided about: all that is asked of the row itself, and what it has in common with facts."""
        entity, clock = self.plan.rows.entity, self.plan.clock
        access = self.compilation.reader.access(entity)
        if access is None:
            raise LookupError(entity)
        present = secure(self.compilation, entity, access)
        stored = SecuredColumns(present)
        at, day = (moment_at(self.plan.as_of, one, stored) for one in (clock, "day"))
        known = KnownCells(present.read_by(KnownColumns(self.compilation, self.plan.lives, clock, at, strict=True)))
        raws = [
            (_raw(known, one.value), f"c{place}")
            for place, one in enumerate(self.plan.features)
            if isinstance(one.value, Raw)
        ]
        conditions = [true_of(known.lower(one)) for one in self.plan.rows.where]
        kept = [(present.own("id"), ROW), (at, AT), (present.own("scope_unit"), "u")]
        for tables in self._groups:
            pairs = zip(tables.group.pairs, tables.group.keys, strict=True)
            kept += [(stored.lower(pair.row), key) for pair, key in pairs]
        kept += self._outcome_columns(stored)
        there = [nodes.is_not_null(nodes.parens(at))]
        if self.few:
            there.append(among(present.alias, self.compilation.dialect, ONLY))
        columns = [alias(one, name) for one, name in (*kept, (day, DECIDED), *known.cells())]
        yield cte("cells", present.select(columns, *there))
        rows = exp.Select(expressions=[alias(nodes.column(CELLS, name), name) for _, name in kept])
        rows.set("expressions", [*rows.expressions, *(alias(one, name) for one, name in raws)])
        rows.set("from_", exp.From(this=nodes.table("cells", CELLS)))
        rows.set("where", exp.Where(this=nodes.all_of(conditions)) if conditions else None)
        yield cte(SPINE, rows)

    def _outcome_columns(self, stored: SecuredColumns) -> list[tuple[exp.Expression, str]]:
        """What has come of the row as it stands now."""
        outcome = self.plan.outcome if self.outcome else None
        if outcome is None or isinstance(outcome.value, Fold):
            return []
        value = plain_value(stored.lower(outcome.value), outcome.value.type)
        known = nodes.null() if outcome.known is None else stored.lower(on_clock(outcome.known, self.plan.clock))
        return [(value, "y"), (known, "k")]


def _leg(table: str, columns: Mapping[str, str], own: Collection[str]) -> exp.Select:
    """The rows of a table with its own columns, and nothing in those of others."""
    cells = [
        alias(
            nodes.column(table, name)
            if name in own
            else exp.Cast(this=nodes.null(), to=exp.DataType(this=exp.DataType.Type[columns[name]])),
            name,
        )
        for name in columns
    ]
    leg = exp.Select(expressions=[alias(nodes.column(table, ROW), ROW), *cells])
    leg.set("from_", exp.From(this=nodes.table(table, table)))
    return leg


def _is_text(raw: Raw) -> bool:
    return raw.shape == "category" and isinstance(raw.formula.type, Text | Choice)


def _raw(known: KnownCells, raw: Raw) -> exp.Expression:
    if raw.shape == "days":
        day = known.lower(on_clock(raw.formula, "day"))
        return exp.Sub(this=nodes.parens(day), expression=nodes.column(CELLS, DECIDED))
    formula = shaped(raw.formula, raw.shape)
    return plain_value(known.lower(formula), formula.type)


def shaped(formula: Formula, shape: Shape) -> Formula:
    """The formula of a part of a value, or the formula itself."""
    if shape not in {"month", "weekday", "quarter", "length"}:
        return formula
    node: Node = formula.node
    if isinstance(node.type, Instant):
        node = Call("date_of", (node,), Date())
    return Formula(formula.source, Call(shape, (node,), Decimal()), Decimal(), formula.references)
