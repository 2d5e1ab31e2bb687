"""Python values of formulas: closures over cells and the moment. Numbers inside are scaled integers, outside Decimals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Context, Decimal
from typing import Any, Protocol

from engine.model import formula as types
from engine.model.formula import Aggregate, Call, Formula, Items, Literal, Moment, Node, Reference, Variable, scale_of
from engine.runtime.formula.arithmetic import bounded
from engine.runtime.formula.folding import fold, outermost
from engine.runtime.formula.functions import FUNCTIONS

_EXACT = Context(prec=60)
Inner = Callable[["Cells", Moment], Any]


class Cells(Protocol):
    """The cells of a row: values by path, rows of collections."""

    def cell(self, path: tuple[str, ...]) -> object: ...

    def children(self, path: tuple[str, ...]) -> Sequence[Cells]: ...


def compile_value(formula: Formula) -> Callable[[Cells, Moment], object]:
    """A function from (cells, moment) to the value: str, int, Decimal, bool, date, datetime, timedelta, tuple or None."""
    inner = compile_node(formula.node)
    number, scale = types.is_number(formula.type), scale_of(formula.type)

    def evaluate(cells: Cells, moment: Moment) -> object:
        value = inner(cells, moment)
        if value is None or not number:
            return timedelta(seconds=value) if value is not None and isinstance(formula.type, types.Duration) else value
        return Decimal(value).scaleb(-scale, _EXACT)

    return evaluate


def compile_node(node: Node) -> Inner:
    """The closure of one node, over scaled integers."""
    match node:
        case Literal(value):
            return lambda cells, moment: value
        case Reference(path, of):
            scale = scale_of(of)
            number = types.is_number(of)
            return lambda cells, moment: _scaled(cells.cell(path), scale, number)
        case Variable(name):
            return lambda cells, moment: moment.variables.get(name)
        case Items(items):
            parts = [compile_node(one) for one in items]
            return lambda cells, moment: tuple(part(cells, moment) for part in parts)
        case Aggregate():
            return _aggregate(node)
        case Call():
            return _call(node)


def _scaled(value: object, scale: int, number: bool) -> object:
    if value is None:
        return None
    if isinstance(value, timedelta):
        return value.days * 86_400 + value.seconds
    if isinstance(value, list):
        return tuple(value)
    if not number:
        return value
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return bounded(int(exact.scaleb(scale, _EXACT).to_integral_value(rounding="ROUND_HALF_UP")))


def _call(node: Call) -> Inner:
    parts = [compile_node(one) for one in node.arguments]
    match node.function:
        case "and":
            return lambda cells, moment: _and(part(cells, moment) for part in parts)
        case "or":
            return lambda cells, moment: _or(part(cells, moment) for part in parts)
        case "if":
            return _if(parts)
        case "coalesce":
            return lambda cells, moment: next((v for part in parts if (v := part(cells, moment)) is not None), None)
        case "today":
            return lambda cells, moment: moment.today
        case "now":
            return lambda cells, moment: moment.now
    function, shape = FUNCTIONS[node.function], Shape.of_call(node)
    if shape.zoned:
        return _zoned(function, parts, shape)
    return lambda cells, moment: function([part(cells, moment) for part in parts], shape)


def _zoned(function: Callable[[list[Any], Shape], Any], parts: Sequence[Inner], shape: Shape) -> Inner:
    """A function that asks for the zone: many rows are asked for at one moment, so its shape is kept from one to the next."""
    kept = shape

    def call(cells: Cells, moment: Moment) -> object:
        nonlocal kept
        at = kept
        if at.moment is not moment:
            kept = at = replace(shape, moment=moment)
        return function([part(cells, moment) for part in parts], at)

    return call


def _if(parts: Sequence[Inner]) -> Inner:
    """The value after the first condition that is true; the last when none is."""
    pairs, otherwise = list(zip(parts[0:-1:2], parts[1::2], strict=True)), parts[-1]

    def choose(cells: Cells, moment: Moment) -> object:
        for condition, value in pairs:
            if condition(cells, moment) is True:
                return value(cells, moment)
        return otherwise(cells, moment)

    return choose


@dataclass(frozen=True, slots=True)
class Shape:
    """What a function may know besides its arguments: scales, types, whether a list is written out, the moment."""

    scales: tuple[int, ...]
    result: int
    kinds: tuple[type, ...]
    of: type
    written: bool
    moment: Moment | None = None

    @classmethod
    def of_call(cls, node: Call) -> Shape:
        arguments = node.arguments
        return cls(
            scales=tuple(scale_of(one.type) for one in arguments),
            result=scale_of(node.type),
            kinds=tuple(type(one.type) for one in arguments),
            of=type(node.type),
            written=bool(arguments) and isinstance(arguments[-1], Items),
        )

    @property
    def zoned(self) -> bool:
        return types.Instant in self.kinds


def _and(values: Any) -> bool | None:
    found: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is None:
            found = None
    return found


def _or(values: Any) -> bool | None:
    found: bool | None = False
    for value in values:
        if value is True:
            return True
        if value is None:
            found = None
    return found


def _aggregate(node: Aggregate) -> Inner:
    argument = compile_node(node.argument) if node.argument is not None else None
    condition = compile_node(node.condition) if node.condition is not None else None
    order = compile_node(node.order) if node.order is not None else None
    function, over = node.function, node.over
    given = scale_of(node.argument.type) if node.argument is not None else 0
    result = scale_of(node.type)

    def evaluate(cells: Cells, moment: Moment) -> object:
        rows = cells.children(over)
        held = [True if condition is None else condition(row, moment) for row in rows]
        if function in {"any", "all"}:
            return any(one is True for one in held) if function == "any" else all(one is True for one in held)
        kept = [row for row, holds in zip(rows, held, strict=True) if holds is True]
        if order is not None and argument is not None:
            return outermost(function, [(order(row, moment), argument(row, moment)) for row in kept])
        values = [argument(row, moment) for row in kept] if argument is not None else [True] * len(kept)
        return fold(function, values, given, result)

    return evaluate


class RowCells:
    """Cells of nested mappings: a relation's value is a mapping, a collection a list of mappings."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def cell(self, path: tuple[str, ...]) -> object:
        current: object = self._values
        for name in path:
            if not isinstance(current, Mapping):
                return None
            current = current.get(name)
        return current.get("id") if isinstance(current, Mapping) else current

    def children(self, path: tuple[str, ...]) -> Sequence[RowCells]:
        found = self._values.get(path[0])
        return [RowCells(one) for one in found] if isinstance(found, list | tuple) else []
