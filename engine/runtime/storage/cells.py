"""Cells: the value that something entered for a field stands for, and all that is wrong with it."""

from __future__ import annotations

from engine.model.entities import Field
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.storage.bounds import bounds_problems
from engine.runtime.storage.json import parse_json

Read = tuple[object, tuple[FieldProblem, ...]]
"""A value, and what is wrong with it."""


def read_cell(raw: object, field: Field, zone: str) -> Read:
    """What was entered as a value of a field; None with why it is none."""
    try:
        value = parse_json(raw, field, zone)
    except ValidationFailed as error:
        return None, tuple(FieldProblem(field.name, one.code, one.message) for one in error.problems)
    return value, tuple(bounds_problems(field, value))
