"""One value: membership in a list of one value is a comparison, which both databases look up in an index.

What is chosen above a list comes as a list, most often of one value; SQLite plans with 25 unknown ones and read all rows.
"""

from __future__ import annotations

from dataclasses import replace

from engine.model.requests import Condition, Filter


def one_value(where: Filter) -> Filter:
    """The filter in which `in` with one value is `eq`."""
    if not isinstance(where, Condition):
        return replace(where, conditions=tuple(one_value(part) for part in where.conditions))
    listed = where.value
    if where.operator != "in" or not isinstance(listed, tuple | list) or len(listed) != 1 or listed[0] is None:
        return where
    return replace(where, operator="eq", value=listed[0])
