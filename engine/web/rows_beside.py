"""Rows beside the lines of a record: for each thing that the lines lead to, the first rows that go with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.model.formula import Formula
from engine.model.requests import AllOf, Condition, Filter, Record
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work
from engine.web.conditions import scene_value
from engine.web.record_offers import with_link_titles
from engine.widgets.contract import Beside, RowsBeside, Scene


def rows_beside(work: Work, scene: Scene, need: RowsBeside) -> tuple[Beside, ...]:
    """One statement for the lines, and one for each of the few things that they lead to."""
    lines = list_records(work, need.lines).records
    through, led = ".".join(need.through), dict[object, list[Record]]()
    for one in lines:
        led.setdefault(one.cells.get(through), []).append(one)
    days = _days(scene, need)
    found = []
    for value, leading in led.items():
        page = None
        if value is not None:
            where = AllOf((need.request.where, Condition(need.at, "eq", value), *days))
            page = with_link_titles(work, list_records(work, replace(need.request, where=where)))
        found.append(Beside(tuple(leading), page))
    return tuple(found)


def _days(scene: Scene, need: RowsBeside) -> tuple[Filter, ...]:
    """Between which days the rows lie; a day that the record does not give is no limit."""
    if need.date is None:
        return ()
    sides = (("ge", _day(scene, need.since)), ("le", _day(scene, need.until)))
    return tuple(Condition(need.date, operator, day) for operator, day in sides if day is not None)


def _day(scene: Scene, formula: Formula | None) -> date | None:
    value = scene_value(scene, formula) if formula is not None else None
    return value if isinstance(value, date) else None
