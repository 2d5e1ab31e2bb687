"""Conditions of areas: places that lie in one, found by the ranges of cells that cover it and then exactly."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from engine.model.areas import Area
from engine.model.locations import MICRO
from engine.runtime.formula.sql_places import degrees, metres
from engine.runtime.query import nodes

POSTGRES = "postgres"


def area_values(area: object) -> list[object]:
    """The values of an area in the order in which `lies_in` takes them. Raises TypeError for what is none."""
    if not isinstance(area, Area):
        raise TypeError("an area")
    values: list[object] = [one for pair in area.ranges for one in pair]
    if area.centre is None:
        return values + [edge / MICRO for box in area.boxes for edge in box]
    return [*values, *area.centre, area.metres]


SHARE = "0.001"
"""Of all places those around one, as SQLite is told: it takes a range of texts for a quarter of them, and reads all rows instead."""


def lies_in(cell: exp.Expression, area: Area, names: Iterator[str], dialect: str) -> exp.Expression:
    """True for a location in the area; what is no location, as a mask is none, lies in none."""

    def between(low: exp.Expression) -> exp.Expression:
        above = nodes.compare(exp.GTE, low.copy(), nodes.parameter(next(names)))
        if dialect != POSTGRES:
            above = nodes.call("likelihood", above, exp.Literal.number(SHARE))
        return nodes.all_of([above, nodes.compare(exp.LT, low.copy(), nodes.parameter(next(names)))])

    near = [between(cell) for _ in area.ranges]
    lat, lng = degrees(cell, dialect == POSTGRES)
    exact = _around((lat, lng), names) if area.centre else _within((lat, lng), area, names)
    return nodes.all_of([nodes.any_of(near), exact]) if near else exact


def _around(place: tuple[exp.Expression, exp.Expression], names: Iterator[str]) -> exp.Expression:
    centre = (nodes.parameter(next(names)), nodes.parameter(next(names)))
    return nodes.compare(exp.LTE, metres(centre, place, lambda one: one), nodes.parameter(next(names)))


def _within(place: tuple[exp.Expression, exp.Expression], area: Area, names: Iterator[str]) -> exp.Expression:
    def inside() -> exp.Expression:
        south, west, north, east = (nodes.parameter(next(names)) for _ in range(4))
        return nodes.all_of(
            [
                nodes.compare(exp.GTE, place[0].copy(), south),
                nodes.compare(exp.GTE, place[1].copy(), west),
                nodes.compare(exp.LTE, place[0].copy(), north),
                nodes.compare(exp.LTE, place[1].copy(), east),
            ]
        )

    return nodes.any_of([inside() for _ in area.boxes])
