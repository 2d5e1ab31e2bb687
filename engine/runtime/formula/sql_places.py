"""Places in SQL: the point that a location's text begins with, and metres between two, as engine.model.locations has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi

from sqlglot import exp

from engine.model.formula import Call, scale_of
from engine.model.locations import RADIUS, SHAPE
from engine.runtime.formula.nodes import binary, call, case, minus, null, number, plus, real, text, times
from engine.runtime.formula.scope import Scope
from engine.runtime.formula.sql_inexact import significant

Expression = exp.Expression
Bind = Callable[[Expression], Expression]
_DIGIT = "[0-9]"
_GLOB = f"{'[0-9a-z]' * 8}[+-]{_DIGIT * 2}.{_DIGIT * 6}[+-]{_DIGIT * 3}.{_DIGIT * 6}/*"
"""SHAPE as SQLite compares."""
_LAT, _LNG = (9, 10), (19, 11)
"""Where degrees begin in the text of a location, and how many signs they have."""


def degrees(cell: Expression, postgres: bool) -> tuple[Expression, Expression]:
    """Latitude and longitude of a location; empty for any other text, which a mask may be."""
    return _degrees(cell, _LAT, postgres), _degrees(cell, _LNG, postgres)


def begins_with_a_point(cell: Expression, postgres: bool) -> Expression:
    shaped = exp.RegexpLike if postgres else exp.Glob
    return shaped(this=cell.copy(), expression=text(SHAPE if postgres else _GLOB))


def _degrees(cell: Expression, place: tuple[int, int], postgres: bool) -> Expression:
    kind = exp.DataType.build("DOUBLE PRECISION" if postgres else "REAL", dialect="postgres" if postgres else None)
    read = exp.Cast(this=call("substr", cell.copy(), number(place[0]), number(place[1])), to=kind)
    return case([(begins_with_a_point(cell, postgres), read)], null())


def metres(one: tuple[Expression, Expression], other: tuple[Expression, Expression], bind: Bind) -> Expression:
    """Along the great circle; `bind` names what stands several times."""
    half, turn = real(pi / 360.0), real(pi / 180.0)
    up = bind(call("sin", times(minus(other[0], one[0]), half)))
    across = bind(call("sin", times(minus(other[1], one[1]), half)))
    level = times(call("cos", times(one[0], turn)), call("cos", times(other[0], turn)))
    part = bind(plus(times(up, up), times(level, times(across, across))))
    whole = case([(binary(exp.GT, part, number(1)), real(1.0))], part.copy())
    return times(real(2.0 * RADIUS), call("asin", call("sqrt", whole)))


def _distance(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    one, other = ((scope.bind(lat), scope.bind(lng)) for lat, lng in (degrees(part, scope.postgres) for part in parts))
    return significant(scope, metres(one, other, scope.bind), scale_of(node.type))


PLACES: Mapping[str, Callable[[Call, list[Expression], Scope], Expression]] = {"distance": _distance}
