"""Fact groups: folds over the rows of one flow that meet the decided rows in the same way, folded in one walk over time.

A row that is decided about and a fact that became known are both events of one list, ordered by time within what they have
in common. A fold is a window over it that ends before the moment of the decision: what is known at that same moment or
later is not in the window, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model import formula as types
from engine.model.feature_plans import DAY, Clock, FeaturePlan, Fold, Pairing, RowFlow
from engine.model.formula import Boolean, Formula, Type
from engine.runtime.modeling.known_columns import CELLS, KnownCells, KnownColumns, moment_at
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.secure import secure
from engine.runtime.query.secured_columns import SecuredColumns
from engine.runtime.query.selection import named

SPINE = "spine"
WHOLE = "whole"
"""The rows that are decided about with all that is answered of them."""
AT = "t"
ROW = "id"
_RANK = "n"


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Folds by their place in the plan, which share the flow, what ties its rows to the decided ones, and when they are known."""

    number: int
    over: RowFlow
    pairs: tuple[Pairing, ...]
    known: Formula
    folds: tuple[tuple[int, Fold], ...]

    def name(self, part: str) -> str:
        return f"{part}{self.number}"

    def key(self, at: int) -> str:
        """The column of the decided rows, and of the facts, that holds what they have in common."""
        return f"g{self.number}_{at}"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.key(at) for at in range(len(self.pairs)))


def fact_groups(folds: Sequence[tuple[int, Fold]]) -> tuple[FactGroup, ...]:
    """The folds in groups, in the order in which they first come."""
    found: dict[tuple[object, ...], list[tuple[int, Fold]]] = {}
    for place, fold in folds:
        pairs = tuple((one.fact.source, one.row.source) for one in fold.pairs)
        found.setdefault((fold.over.node, pairs, fold.known.source), []).append((place, fold))
    return tuple(
        FactGroup(number, listed[0][1].over, listed[0][1].pairs, listed[0][1].known, tuple(listed))
        for number, listed in enumerate(found.values())
    )


@dataclass(frozen=True, slots=True)
class GroupTables:
    """Builds the tables of a group: its facts, the events, and the answers by row."""

    compilation: Compilation
    plan: FeaturePlan
    group: FactGroup
    few: bool

    def tables(self) -> Iterator[exp.CTE]:
        cells = self.group.name("cells")
        yield from self._facts(cells)
        yield cte(self.group.name("events"), self._events())
        yield cte(self.group.name("answers"), self._answers())

    def parts(self, place: int, fold: Fold) -> list[exp.Expression]:
        """The columns of the last select that hold a fold."""
        first = nodes.column(WHOLE, f"a{place}")
        match fold.function:
            case "mean" | "share" | "trend":
                return [first, nodes.column(WHOLE, f"b{place}")]
            case "last":
                return [nodes.column(f"l{place}", f"v{place}")]
            case "days_since":
                return [exp.Sub(this=nodes.column(WHOLE, AT), expression=first)]
            case _:
                return [first]

    def answers(self) -> tuple[str, ...]:
        """The columns of the answers, but for the row."""
        two = {"mean", "share", "trend"}
        return tuple(
            name
            for place, fold in self.group.folds
            for name in ((f"a{place}", f"b{place}") if fold.function in two else (f"a{place}",))
        )

    def joins(self) -> Iterator[exp.Join]:
        """The facts that are the last ones."""
        for place, fold in self.group.folds:
            if fold.function == "last":
                last = f"l{place}"
                yield left_join(
                    self.group.name("facts"), last, nodes.column(last, _RANK), nodes.column(WHOLE, f"a{place}")
                )

    def _facts(self, cells: str) -> Iterator[exp.CTE]:
        """The cells of the facts as they were known, and what the facts give to each fold."""
        access = self.compilation.reader.access(self.group.over.entity)
        if access is None:
            raise LookupError(self.group.over.entity)
        present = secure(self.compilation, self.group.over.entity, access)
        stored = SecuredColumns(present)
        at = moment_at(self.group.known, self.plan.clock, stored)
        known = KnownCells(
            present.read_by(KnownColumns(self.compilation, self.plan.lives, self.plan.clock, at, strict=False))
        )
        values = [alias(_value(known, fold), f"v{place}") for place, fold in self.group.folds]
        conditions = [true_of(known.lower(one)) for one in self.group.over.where]
        keys = [stored.lower(pair.fact) for pair in self.group.pairs]
        there = [nodes.is_not_null(nodes.parens(one)) for one in (at, *keys)]
        there += [self._of_spine(key, name) for key, name in zip(keys, self.group.keys, strict=True) if self.few]
        columns = [(at, AT), (present.own("id"), ROW), *zip(keys, self.group.keys, strict=True), *known.cells()]
        yield cte(cells, present.select([alias(one, name) for one, name in columns], *there))
        named_columns = [alias(nodes.column(CELLS, name), name) for name in (AT, ROW, *self.group.keys)]
        rows = exp.Select(expressions=[*named_columns, *values])
        rows.set("from_", exp.From(this=nodes.table(cells, CELLS)))
        rows.set("where", exp.Where(this=nodes.all_of(conditions)) if conditions else None)
        ranked = any(fold.function == "last" for _, fold in self.group.folds)
        yield cte(self.group.name("facts"), self._ranked(rows) if ranked else rows)

    def _of_spine(self, key: exp.Expression, name: str) -> exp.Expression:
        """Where few rows are decided about, only facts are read that have to do with them."""
        select = exp.Select(expressions=[nodes.column(SPINE, name)])
        select.set("from_", exp.From(this=nodes.table(SPINE, SPINE)))
        return exp.In(this=nodes.parens(key.copy()), query=exp.Subquery(this=select))

    def _ranked(self, rows: exp.Select) -> exp.Select:
        """The facts with their places in time: of two at one moment the later record is the last."""
        order = exp.Order(expressions=[ascending(nodes.column("q", AT)), ascending(nodes.column("q", ROW))])
        rank = alias(exp.Window(this=exp.RowNumber(), order=order), _RANK)
        return select_from(rows, "q", [exp.Column(this=exp.Star(), table=exp.to_identifier("q", quoted=True)), rank])

    def _events(self) -> exp.Expression:
        legs = [self._fact_events(), self._row_events()]
        for place, fold in self.group.folds:
            if fold.function == "distinct":
                legs += self._changes(place, fold)
        joined: exp.Expression = legs[0]
        for leg in legs[1:]:
            joined = exp.Union(this=joined, expression=leg, distinct=False)
        return joined

    def _leg(
        self, table: str, at: exp.Expression, row: exp.Expression, values: dict[int, exp.Expression]
    ) -> exp.Select:
        """Events: their keys, time, the row that is decided about if any, and a value for each fold."""
        columns = [alias(nodes.column(table, key), key) for key in self.group.keys]
        cells = [
            alias(values.get(place, exp.Cast(this=nodes.null(), to=_physical(fold))), f"v{place}")
            for place, fold in self.group.folds
        ]
        return exp.Select(expressions=[*columns, alias(at, AT), alias(row, ROW), *cells])

    def _fact_events(self) -> exp.Select:
        table = self.group.name("facts")
        nobody = exp.Cast(this=nodes.null(), to=_type("BIGINT"))
        values = {
            place: self._event_value(table, place, fold)
            for place, fold in self.group.folds
            if fold.function != "distinct"
        }
        leg = self._leg(table, nodes.column(table, AT), nobody, values)
        leg.set("from_", exp.From(this=nodes.table(table, table)))
        return leg

    def _event_value(self, table: str, place: int, fold: Fold) -> exp.Expression:
        value = nodes.column(table, f"v{place}")
        if fold.function == "last":
            return nodes.case([(nodes.is_not_null(value), nodes.column(table, _RANK))])
        if fold.function == "days_since":
            return nodes.case([(nodes.is_not_null(value), nodes.column(table, AT))])
        return value

    def _row_events(self) -> exp.Select:
        leg = self._leg(SPINE, nodes.column(SPINE, AT), nodes.column(SPINE, ROW), {})
        leg.set("from_", exp.From(this=nodes.table(SPINE, SPINE)))
        keys = [nodes.is_not_null(nodes.column(SPINE, key)) for key in self.group.keys]
        leg.set("where", exp.Where(this=nodes.all_of(keys)) if keys else None)
        return leg

    def _changes(self, place: int, fold: Fold) -> list[exp.Select]:
        """Of different values: one more where a value comes up, one less where it has not come up again in the window."""
        facts, value, at = self.group.name("facts"), nodes.column("q", f"v{place}"), nodes.column("q", AT)
        span = _span(fold, self.plan.clock)
        around = [alias(self._beside(name, place), found) for name, found in (("LAG", "before"), ("LEAD", "behind"))]
        numbered = exp.Select(
            expressions=[exp.Column(this=exp.Star(), table=exp.to_identifier("q", quoted=True)), *around]
        )
        numbered.set("from_", exp.From(this=nodes.table(facts, "q")))
        numbered.set("where", exp.Where(this=nodes.is_not_null(value)))
        nobody = exp.Cast(this=nodes.null(), to=_type("BIGINT"))
        before, behind = nodes.column("q", "before"), nodes.column("q", "behind")
        came = [nodes.is_null(before)]
        if span is not None:
            came.append(exp.LT(this=_plus(before, span), expression=at.copy()))
        legs = [self._of(numbered, self._leg("q", at, nobody, {place: nodes.number(1)}), came)]
        if span is not None:
            went = [nodes.is_null(behind), exp.GT(this=behind.copy(), expression=_plus(at, span))]
            legs.append(
                self._of(numbered.copy(), self._leg("q", _plus(at, span), nobody, {place: nodes.number(-1)}), went)
            )
        return legs

    def _of(self, rows: exp.Select, leg: exp.Select, conditions: list[exp.Expression]) -> exp.Select:
        leg.set("from_", exp.From(this=exp.Subquery(this=rows, alias=_named("q"))))
        leg.set("where", exp.Where(this=nodes.any_of(conditions)))
        return leg

    def _beside(self, function: str, place: int) -> exp.Window:
        """The time of the same value before or behind."""
        same = [nodes.column("q", key) for key in (*self.group.keys, f"v{place}")]
        order = exp.Order(expressions=[ascending(nodes.column("q", AT))])
        return exp.Window(this=nodes.call(function, nodes.column("q", AT)), partition_by=same, order=order)

    def _answers(self) -> exp.Select:
        """The folds at each row that is decided about: the windows are over all events, the answers of rows alone are kept."""
        events = self.group.name("events")
        found = [
            alias(one, name)
            for place, fold in self.group.folds
            for one, name in zip(self._windows(place, fold), (f"a{place}", f"b{place}"), strict=False)
        ]
        inner = exp.Select(expressions=[alias(nodes.column(events, ROW), ROW), *found])
        inner.set("from_", exp.From(this=nodes.table(events, events)))
        outer = select_from(inner, "q", [exp.Column(this=exp.Star(), table=exp.to_identifier("q", quoted=True))])
        outer.set("where", exp.Where(this=nodes.is_not_null(nodes.column("q", ROW))))
        return outer

    def _windows(self, place: int, fold: Fold) -> list[exp.Expression]:
        value, span = nodes.column(self.group.name("events"), f"v{place}"), _span(fold, self.plan.clock)
        total, number = nodes.call("SUM", value), exp.Count(this=value.copy())
        match fold.function:
            case "count":
                return [self._window(exp.Count(this=value), fold)]
            case "sum":
                return [self._window(total, fold)]
            case "mean" | "share":
                return [self._window(total, fold), self._window(number, fold)]
            case "min" | "max":
                return [self._window(nodes.call(fold.function.upper(), value), fold)]
            case "last" | "days_since":
                return [self._window(nodes.call("MAX", value), fold)]
            case "distinct":
                return [self._framed(total, None, 1)]
            case "trend":
                half = (span or 2) // 2
                return [self._framed(total, half, 1), self._framed(total.copy(), 2 * half, half + 1)]

    def _window(self, function: exp.Expression, fold: Fold) -> exp.Expression:
        span = _span(fold, self.plan.clock)
        if not fold.ahead:
            return self._framed(function, span, 1)
        return self._over(
            function,
            exp.WindowSpec(
                kind="RANGE",
                start="CURRENT ROW",
                end=nodes.number((span or 1) - 1),
                end_side="FOLLOWING",
            ),
        )

    def _framed(self, function: exp.Expression, first: int | None, last: int) -> exp.Expression:
        """A function over the events from `first` (None: ever) to `last` ticks before."""
        spec = exp.WindowSpec(
            kind="RANGE",
            start="UNBOUNDED" if first is None else nodes.number(first),
            start_side="PRECEDING",
            end=nodes.number(last),
            end_side="PRECEDING",
        )
        return self._over(function, spec)

    def _over(self, function: exp.Expression, spec: exp.WindowSpec) -> exp.Expression:
        events = self.group.name("events")
        partition = [nodes.column(events, key) for key in self.group.keys]
        order = exp.Order(expressions=[ascending(nodes.column(events, AT))])
        return exp.Window(this=function, partition_by=partition or None, order=order, spec=spec)


def _value(known: KnownCells, fold: Fold) -> exp.Expression:
    """What a fact gives to a fold: empty where its condition is not true."""
    value = nodes.number(1) if fold.of is None else plain_value(known.lower(fold.of), fold.of.type)
    value = exp.Cast(this=value, to=_type("BIGINT")) if fold.of is None else value
    return value if fold.where is None else nodes.case([(true_of(known.lower(fold.where)), value)])


def plain_value(value: exp.Expression, of: Type) -> exp.Expression:
    """Truths as 1 and 0: numbers in both databases."""
    if not isinstance(of, Boolean):
        return value
    no = exp.Not(this=nodes.parens(value.copy()))
    return nodes.case([(nodes.parens(value), nodes.number(1)), (no, nodes.number(0))])


def true_of(condition: exp.Expression) -> exp.Expression:
    return nodes.parens(condition)


def _span(fold: Fold, clock: Clock) -> int | None:
    """The length of a window in ticks of the clock."""
    return None if fold.days is None else fold.days * (1 if clock == "day" else DAY)


def _physical(fold: Fold) -> exp.DataType:
    """The type of what stands for a fold among the events."""
    textual = types.Text | types.Choice | types.Choices
    numbers = fold.function in {"last", "distinct", "days_since", "count"}
    return _type("TEXT" if fold.of is not None and isinstance(fold.of.type, textual) and not numbers else "BIGINT")


def _type(name: str) -> exp.DataType:
    return exp.DataType(this=exp.DataType.Type[name])


def _plus(left: exp.Expression, right: int) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=left.copy(), expression=nodes.number(right)))


def _named(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def alias(value: exp.Expression, name: str) -> exp.Expression:
    return named(value.copy(), name)


def ascending(value: exp.Expression) -> exp.Ordered:
    return exp.Ordered(this=value, nulls_first=True)


def cte(name: str, tree: exp.Expression) -> exp.CTE:
    return exp.CTE(this=tree, alias=_named(name), materialized=True)


def select_from(inner: exp.Select, name: str, expressions: list[exp.Expression]) -> exp.Select:
    tree = exp.Select(expressions=expressions)
    tree.set("from_", exp.From(this=exp.Subquery(this=inner, alias=_named(name))))
    return tree


def left_join(table: str, name: str, left: exp.Expression, right: exp.Expression) -> exp.Join:
    return exp.Join(this=nodes.table(table, name), side="LEFT", on=exp.EQ(this=left, expression=right))
